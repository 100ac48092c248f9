/** Mirrors the engine's Snapshot and sends commands. It decides nothing. */
import { create } from "zustand";
import type { InvokeName } from "../shared/channels.ts";
import type { Answer, Bridge, Refusal, Request, Result } from "../shared/contract.ts";
import { exposureKey, portKey } from "../shared/endpoint.ts";
import type {
  Exposure,
  Name,
  NetworkService,
  RecognisedServer,
  SecretStorage,
  Server,
  Snapshot,
} from "../shared/snapshot.ts";
import { isSame, keepUnchanged } from "./keep-unchanged.ts";
import "./bridge.ts";

export interface WindowState {
  /** Null until the engine told the first one. */
  readonly snapshot: Snapshot | null;
  /** Why the last command did not work, as a sentence; null when it did or the user has read it. */
  readonly trouble: string | null;
  /** What the screen reader is to say. The count makes the same words said twice a change. */
  readonly spoken: { readonly text: string; readonly count: number };
}

const initial: WindowState = { snapshot: null, trouble: null, spoken: { text: "", count: 0 } };

export const useWindowStore = create<WindowState>(() => initial);

export type Command = Exclude<InvokeName, "getSnapshot">;

const noServers: readonly RecognisedServer[] = [];
const noExposures: readonly Exposure[] = [];
export const selectServers = (state: WindowState): readonly RecognisedServer[] =>
  state.snapshot?.servers ?? noServers;
export const selectExposures = (state: WindowState): readonly Exposure[] =>
  state.snapshot?.exposures ?? noExposures;
export const selectSecretStorage = (state: WindowState): SecretStorage | undefined =>
  state.snapshot?.secretStorage;
/** False until the engine has looked for the first time: till then an empty list says nothing. */
export const selectLooked = (state: WindowState): boolean => (state.snapshot?.revision ?? 0) > 0;

/** Subscribes first and asks afterwards, so that nothing falls between; the answer disconnects. */
export function connect(bridge: Bridge): () => void {
  const unsubscribe = bridge.onSnapshot(receive);
  void ask(() => bridge.getSnapshot(undefined)).then((result) => {
    if (result.ok) receive(result.value);
    else setTrouble(result.error.message);
    return undefined;
  });
  return unsubscribe;
}

/** Takes a snapshot unless a newer one is already here. */
export function receive(next: Snapshot): void {
  const { snapshot: previous } = useWindowStore.getState();
  if (previous === null) return useWindowStore.setState({ snapshot: next });
  if (next.revision <= previous.revision) return;
  const snapshot: Snapshot = {
    ...next,
    gateways: keepUnchanged(previous.gateways, next.gateways, ({ address }) => address),
    ...(next.interfaces !== undefined && {
      interfaces: keepUnchanged(previous.interfaces ?? [], next.interfaces, ({ name }) => name),
    }),
    servers: keepUnchanged(previous.servers, next.servers, serverKey),
    ...(next.network !== undefined && {
      network: keepUnchanged(previous.network ?? [], next.network, networkKey),
    }),
    exposures: keepUnchanged(previous.exposures, next.exposures, exposureKey),
    ...(next.changes !== undefined && {
      changes: isSame(previous.changes, next.changes) ? previous.changes : next.changes,
    }),
    names: keepUnchanged(previous.names, next.names, nameKey),
    notices: keepUnchanged(previous.notices, next.notices, ({ id }) => id),
    settings: isSame(previous.settings, next.settings) ? previous.settings : next.settings,
  };
  useWindowStore.setState({ snapshot });
}

/** Asks something that the Snapshot does not tell. */
export async function question<N extends Command>(
  name: N,
  request: Request<N>,
): Promise<Result<Answer<N>>> {
  const invoke = window.homeport[name] as (request: Request<N>) => Promise<Result<Answer<N>>>;
  return ask(() => invoke(request));
}

/** Sends a command; resolves to null, or to why it did not work. */
export async function send<N extends Command>(
  name: N,
  request: Request<N>,
): Promise<Refusal | null> {
  const result = await question(name, request);
  return result.ok ? null : result.error;
}

/** Sends a command and shows above the lists why it did not work; resolves to whether it did. */
export async function run<N extends Command>(name: N, request: Request<N>): Promise<boolean> {
  const refusal = await send(name, request);
  setTrouble(refusal?.message ?? null);
  return refusal === null;
}

export function setTrouble(trouble: string | null): void {
  useWindowStore.setState({ trouble });
}

/** Has the live region say `text`. */
export function say(text: string): void {
  useWindowStore.setState(({ spoken }) => ({ spoken: { text, count: spoken.count + 1 } }));
}

/** Several programs may listen on one port. */
export function serverKey(server: Server): string {
  return `${portKey(server.transport, server.port)}/${server.process?.pid ?? server.addresses.join(",")}`;
}

/** A service may be announced by several devices. */
export function networkKey({ name, type, transport, port, host }: NetworkService): string {
  return [portKey(transport, port), type, host, name].join(" ");
}

/** One name may be kept at several providers. */
export function nameKey({ account, fqdn }: Pick<Name, "account" | "fqdn">): string {
  return `${account} ${fqdn}`;
}

/** IPC itself may fail: main reloads, or is about to quit. */
async function ask<T>(invoke: () => Promise<Result<T>>): Promise<Result<T>> {
  try {
    return await invoke();
  } catch (error) {
    const message = `Homeport could not be asked: ${error instanceof Error ? error.message : String(error)}`;
    return { ok: false, error: { code: "no-answer", message } };
  }
}
