/** Where instrumented code counts what it runs through; one block of counters for all modules of the process. */

const MOST = 65_536;

export interface InstrumentedModule {
  /** Path from the root of the repository. */
  readonly path: string;
  /** Its counters are those from `first` up to `first + count`. */
  readonly first: number;
  readonly count: number;
  /** Literals of its source, which its comparisons ask for. */
  readonly strings: readonly string[];
  readonly numbers: readonly number[];
}

export interface Counters {
  readonly values: Uint32Array;
  readonly modules: InstrumentedModule[];
  /** Called by each instrumented module when it loads; tells where its counters begin. */
  readonly register: (module: Omit<InstrumentedModule, "first">) => number;
}

declare global {
  // Instrumented code reaches it without an import, whatever the bundler does.
  var fuzzCounters: Counters | undefined;
}

function create(): Counters {
  const values = new Uint32Array(MOST);
  const modules: InstrumentedModule[] = [];
  let used = 0;
  return {
    values,
    modules,
    register: (module) => {
      const first = used;
      used += module.count;
      if (used > MOST) throw new Error("more counters than there is room for");
      modules.push({ ...module, first });
      return first;
    },
  };
}

/** Instrumented modules have to load after this one. */
export const counters: Counters = (globalThis.fuzzCounters ??= create());
