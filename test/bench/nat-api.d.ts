/** The part of @silentbot1/nat-api that the benchmark uses; the package brings no types. */
declare module "@silentbot1/nat-api" {
  interface Options {
    readonly enablePMP: boolean;
    readonly enableUPNP: boolean;
    readonly gateway: string;
  }
  interface Mapping {
    readonly publicPort: number;
    readonly privatePort: number;
    readonly protocol: "TCP" | "UDP";
    /** Seconds. */
    readonly ttl: number;
  }
  export default class NatAPI {
    constructor(options: Options);
    map(mapping: Mapping): Promise<boolean>;
    destroy(): Promise<void>;
  }
}
