/** Puts the contract on Electron's IPC; the only place that imports `ipcMain`. */
import { type IpcMainInvokeEvent, ipcMain } from "electron";
import { channelOf, type EventName, invokeNames } from "../../../shared/channels.ts";
import { answer, type Gatekeeper } from "./answer.ts";

export function registerIpc(gatekeeper: Gatekeeper): void {
  for (const name of invokeNames) {
    ipcMain.handle(channelOf(name), (event: IpcMainInvokeEvent, ...words: unknown[]) =>
      answer(gatekeeper, name, event.senderFrame, words),
    );
  }
}

/** Where an event goes: the contents of the window, while there are any. */
export interface EventTarget {
  isDestroyed(): boolean;
  send(channel: string, payload: unknown): void;
}

export function emit(target: EventTarget | null, name: EventName, payload: unknown): void {
  if (target !== null && !target.isDestroyed()) target.send(channelOf(name), payload);
}
