/** Paths of programs without what changes from run to run or from version to version. */
import { baseName } from "../detect/plain-text.ts";

/** Where a mount, a revision or a version stands in the path, and what stands for it. */
const passing: readonly (readonly [RegExp, string])[] = [
  // The kernel says so of a file that an update has replaced.
  [/ \(deleted\)$/, ""],
  // An AppImage is mounted elsewhere at each start.
  [/^(\/tmp\/\.mount_)[^/]+\//, "$1*/"],
  [/^(\/snap\/[^/]+\/)[^/]+\//, "$1*/"],
  // A hash, then name and version.
  [/^(\/nix\/store\/|\/gnu\/store\/)[a-z0-9]{32}-([^/]*?)-\d[^/]*\//, "$1*-$2/"],
  [/^((?:\/opt\/homebrew|\/usr\/local)\/Cellar\/[^/]+\/)[^/]+\//, "$1*/"],
  // Programs of Windows that update themselves (Squirrel).
  [/(\\app-)\d[\d.]*\\/, "$1*\\"],
];

export function stablePath(path: string): string {
  return passing.reduce((text, [pattern, by]) => text.replace(pattern, by), path);
}

/** `python3.13` of any folder is `python`: what an interpreter runs is told apart by other means. */
export function interpreterName(path: string): string {
  return baseName(stablePath(path))
    .toLowerCase()
    .replace(/\.exe$/, "")
    .replace(/[\d.]+t?$/, "");
}
