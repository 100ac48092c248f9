/** The system's keychain as Electron offers it: asynchronously since version 45, before that in one call. */
import { safeStorage } from "electron";

/** Encrypts with a key that the keychain holds; the two never mix up their formats. */
export interface Keychain {
  /** False where there is none that deserves the name. */
  available(): Promise<boolean>;
  encrypt(text: string): Promise<Uint8Array>;
  /** `renewed` is to be stored in its place when the key has changed. Rejects when the keychain is locked. */
  decrypt(
    encrypted: Uint8Array,
  ): Promise<{ readonly text: string; readonly renewed: Uint8Array | null }>;
}

/** Call it when the app is ready. */
export function systemKeychain(): Keychain {
  const isAsync = typeof safeStorage.encryptStringAsync === "function";
  return {
    async available() {
      // On Linux without a keyring Chromium would "encrypt" with a key that stands in its source code.
      if (process.platform === "linux") {
        const backend = safeStorage.getSelectedStorageBackend();
        if (backend === "basic_text" || backend === "unknown") return false;
      }
      return isAsync
        ? safeStorage.isAsyncEncryptionAvailable()
        : safeStorage.isEncryptionAvailable();
    },
    async encrypt(text) {
      return isAsync ? safeStorage.encryptStringAsync(text) : safeStorage.encryptString(text);
    },
    async decrypt(encrypted) {
      const buffer = Buffer.from(encrypted);
      if (!isAsync) return { text: safeStorage.decryptString(buffer), renewed: null };
      const { result, shouldReEncrypt } = await safeStorage.decryptStringAsync(buffer);
      const renewed = shouldReEncrypt ? await safeStorage.encryptStringAsync(result) : null;
      return { text: result, renewed };
    },
  };
}
