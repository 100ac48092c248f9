/** The part of gamedig 5 that is used; the package brings no types. */
declare module "gamedig" {
  /** The protocols themselves, by name; each instance asks once. */
  export const protocols: Readonly<Record<string, new () => GamedigQuery>>;

  interface GamedigQuery extends GamedigTransport {
    options: {
      readonly address: string;
      readonly host: string;
      readonly port: number;
      /** Takes codes of colour out of names. */
      readonly stripColors: boolean;
    };
    /** Fills `state`; rejects when no answer came. */
    run(state: GamedigState): Promise<void>;
  }

  /** How a protocol reaches its server; instances are given another one. */
  interface GamedigTransport {
    /** `read` answers undefined until it has read what it wants; `onTimeout` may make do without. */
    udpSend<T>(
      question: Buffer | string,
      read?: (datagram: Buffer) => T | undefined,
      onTimeout?: () => T | undefined,
    ): Promise<T | null>;
    withTcp<T>(use: (socket: unknown) => Promise<T>, port?: number): Promise<T>;
    tcpSend<T>(
      socket: unknown,
      question: Buffer | string,
      read: (received: Buffer) => T | undefined,
    ): Promise<T>;
    request(params: { readonly url: string; readonly method?: string }): Promise<unknown>;
    telnetConnect(): Promise<never>;
  }

  /** What comes out; anything may come from the server. */
  interface GamedigState {
    raw: Record<string, unknown>;
    players: unknown[];
    bots: unknown[];
    name?: unknown;
    numplayers?: unknown;
    maxplayers?: unknown;
    version?: unknown;
  }
}
