/** Where passwords and tokens are kept; without a keychain the user may choose a file, and take that back. */
import type { SecretStorage as Storage } from "../../shared/snapshot.ts";
import { CheckBox } from "../ui/check-box.tsx";

export interface SecretStorageProps {
  readonly storage: Storage;
  readonly onChoose: (file: boolean) => void;
}

export function SecretStorage({ storage, onChoose }: SecretStorageProps) {
  return (
    <section className="field" aria-labelledby="secret-storage-title" data-storage={storage}>
      <h3 id="secret-storage-title">Passwords and tokens</h3>
      {storage === "keychain" ? (
        <p className="hint">They are kept in this system’s keychain.</p>
      ) : (
        <>
          <CheckBox checked={storage === "file"} onChange={onChoose}>
            Keep them in a file that is not encrypted
          </CheckBox>
          <p className="hint">
            This system offers Homeport no keychain.{" "}
            {storage === "file"
              ? "Other users of this PC cannot read the file, but any program that you run can. Untick it to delete the file."
              : "Without the file they are forgotten when Homeport quits. Other users of this PC could not read it, but any program that you run could."}
          </p>
        </>
      )}
    </section>
  );
}
