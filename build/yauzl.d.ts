/** The part of yauzl 3 that the build scripts use; the package brings no types, and @types/yauzl describes version 2. */
declare module "yauzl" {
  import type { Readable } from "node:stream";

  interface Entry {
    readonly fileName: string;
    readonly externalFileAttributes: number;
  }
  interface ZipFile {
    eachEntry(): AsyncIterable<Entry>;
    openReadStreamPromise(entry: Entry): Promise<Readable>;
  }
  export function openPromise(path: string, options: { lazyEntries: true }): Promise<ZipFile>;
}
