/** What the routes of one system are asked for, whatever it shows them by. */
import type { DefaultRoute } from "../../environment.ts";
import type { RunCommand } from "../run-command.ts";
import { linkFromNeighbours, neighbourQuestion } from "./link-address.ts";

/** All reject with the system's error. */
export interface RouteReader {
  /** The ways to the internet, the system's preferred one of each family first. */
  routes(): Promise<readonly DefaultRoute[]>;
  /** The address of that interface to be opened over IPv6; null where it has none that will do. */
  stableAddress6(name: string): Promise<string | null>;
  /** The link-layer address of a neighbour; null where the system does not know it. */
  linkAddress(address: string): Promise<string | null>;
}

/** Names of interfaces become parts of paths and arguments. */
export const plainName = /^(?!\.{1,2}$|-)[\w.:@-]{1,64}$/;

export async function neighbour6(
  run: RunCommand,
  platform: "linux" | "darwin" | "win32",
  program: string,
  address: string,
): Promise<string | null> {
  const question = neighbourQuestion(platform, address);
  const { stdout } = await run(program, question.arguments);
  return linkFromNeighbours(stdout, question.shownAs);
}
