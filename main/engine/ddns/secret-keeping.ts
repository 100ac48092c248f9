/** Where secrets go, as people choose and see it; failures as notices. */
import type { Notice, SecretStorage } from "../../../shared/snapshot.ts";
import type { SecretStore } from "./secret-store.ts";

export class SecretKeeping {
  readonly #store: SecretStore;
  readonly #onChange: () => void;
  #storage: SecretStorage | null = null;

  constructor(store: SecretStore, onChange: () => void) {
    this.#store = store;
    this.#onChange = onChange;
  }

  /** Null where nothing can be chosen, or while it is not known. */
  get storage(): SecretStorage | null {
    return this.#storage;
  }

  /** Asks where secrets go now. */
  async look(): Promise<void> {
    const storage = (await this.#store.storage?.()) ?? null;
    if (storage === this.#storage) return;
    this.#storage = storage;
    this.#onChange();
  }

  /** Null removes it. A notice when it cannot be kept. */
  keep(account: string, secret: string | null): Promise<Notice | null> {
    return this.#doing(() => this.#store.write(account, secret));
  }

  /** Without a keychain: secrets into a private file, or that file deleted; a notice when it cannot be. */
  allowFile(allowed: boolean): Promise<Notice | null> {
    return this.#doing(async () => this.#store.allowFile?.(allowed));
  }

  async #doing(work: () => Promise<void>): Promise<Notice | null> {
    try {
      await work();
      return null;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `The password or token could not be kept (${why}).`;
      return { id: "secret-not-kept", level: "warning", message };
    } finally {
      await this.look();
    }
  }
}
