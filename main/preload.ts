/** The bridge: one function per name of the contract, and nothing else of Electron reaches the page. */
import { contextBridge, ipcRenderer } from "electron";
import { channelOf, eventNames, invokeNames } from "../shared/channels.ts";

type Listener = (payload: unknown) => void;

const commands = invokeNames.map((name) => [
  name,
  (request: unknown): Promise<unknown> => ipcRenderer.invoke(channelOf(name), request),
]);
const events = eventNames.map((name) => [
  `on${name.charAt(0).toUpperCase()}${name.slice(1)}`,
  (listener: Listener): (() => void) => {
    const deliver = (_event: unknown, payload: unknown): void => listener(payload);
    ipcRenderer.on(channelOf(name), deliver);
    return () => ipcRenderer.removeListener(channelOf(name), deliver);
  },
]);
contextBridge.exposeInMainWorld("homeport", Object.fromEntries([...commands, ...events]));
