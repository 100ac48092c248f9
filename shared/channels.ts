/**
 * Names of the IPC contract, free of schemas so that the sandboxed preload stays small.
 * contract.ts gives each name its request schema and answer; the compiler checks that none is missing.
 */
export const invokeNames = [
  "getSnapshot",
  "expose",
  "withdraw",
  "setWhileRunning",
  "setSources",
  "retry",
  "copyEndpoint",
  "updateSettings",
  "dismissNotice",
  "routerTable",
  "removeMapping",
  "correctService",
  "refreshServers",
  "setName",
  "removeName",
  "updateName",
  "setAccount",
  "removeAccount",
  "testAccount",
  "previewName",
  "nameHistory",
  "chooseSecretStorage",
] as const;
export type InvokeName = (typeof invokeNames)[number];

export const eventNames = ["snapshot"] as const;
export type EventName = (typeof eventNames)[number];

/** The IPC channel of a name; nothing else may travel between main and renderer. */
export function channelOf(name: InvokeName | EventName): string {
  return `homeport/${name}`;
}
