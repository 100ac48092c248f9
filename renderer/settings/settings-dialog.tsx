/** Theme, connection, the gateway's address where it is not the default route's, how often it is asked, DNS accounts and their secrets. */
import { useState } from "react";
import type { PublicSettings } from "../../shared/settings.ts";
import { selectSecretStorage, send, useWindowStore } from "../store.ts";
import { Banner } from "../ui/banner.tsx";
import { CheckBox } from "../ui/check-box.tsx";
import { Choice } from "../ui/choice.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Accounts } from "./accounts.tsx";
import { CheckPace, type CheckPaceProps } from "./check-pace.tsx";
import { ConnectionChoice } from "./connection-choice.tsx";
import { ObserverChoice } from "./observer-choice.tsx";
import { readGatewayAddress } from "./gateway-address.ts";
import { SavedText } from "./saved-text.tsx";
import { SecretStorage } from "./secret-storage.tsx";

const themes = [
  { value: "system", label: "System" },
  { value: "light", label: "Light" },
  { value: "dark", label: "Dark" },
] as const;

export interface SettingsDialogProps {
  readonly settings: PublicSettings;
  readonly onClose: () => void;
}

export function SettingsDialog({ settings, onClose }: SettingsDialogProps) {
  const [trouble, setTrouble] = useState<string | null>(null);
  const changeTheme = async (theme: PublicSettings["theme"]): Promise<void> => {
    const refusal = await send("updateSettings", { theme });
    setTrouble(refusal?.message ?? null);
  };
  const changeAnnounce = async (announce: boolean): Promise<void> => {
    const refusal = await send("updateSettings", { announce });
    setTrouble(refusal?.message ?? null);
  };
  const removeAccount = async (id: string): Promise<void> => {
    const refusal = await send("removeAccount", { id });
    setTrouble(refusal?.message ?? null);
  };
  const chooseStorage = async (file: boolean): Promise<void> => {
    const refusal = await send("chooseSecretStorage", { file });
    setTrouble(refusal?.message ?? null);
  };
  const chooseConnection = async (name: string | null): Promise<void> => {
    const refusal = await send("updateSettings", { interface: name });
    setTrouble(refusal?.message ?? null);
  };
  const chooseObserver = async (observer: string | null): Promise<void> => {
    const refusal = await send("updateSettings", { observer });
    setTrouble(refusal?.message ?? null);
  };
  const choosePace = async (change: Parameters<CheckPaceProps["onChoose"]>[0]): Promise<void> => {
    const refusal = await send("updateSettings", change);
    setTrouble(refusal?.message ?? null);
  };
  const storage = useWindowStore(selectSecretStorage);
  const accounts = settings.accounts ?? [];
  return (
    <Dialog title="Settings" onClose={onClose}>
      <div className="dialog-body">
        {trouble !== null && <Banner level="error">{trouble}</Banner>}
        <Choice
          label="Theme"
          options={themes}
          value={settings.theme}
          onChange={(theme) => void changeTheme(theme)}
        />
        <ConnectionChoice
          chosen={settings.interface ?? null}
          onChoose={(name) => void chooseConnection(name)}
        />
        <GatewayForm gateway={settings.gateway} />
        <ObserverChoice
          observer={settings.observer ?? null}
          onChoose={(observer) => void chooseObserver(observer)}
        />
        {settings.inquiryMinutes !== undefined && settings.tableCheckMinutes !== undefined && (
          <CheckPace
            inquiryMinutes={settings.inquiryMinutes}
            tableCheckMinutes={settings.tableCheckMinutes}
            onChoose={(change) => void choosePace(change)}
          />
        )}
        <CheckBox
          checked={settings.announce ?? false}
          onChange={(announce) => void changeAnnounce(announce)}
        >
          Tell other devices at home that Homeport runs here
        </CheckBox>
        {storage !== undefined && (
          <SecretStorage storage={storage} onChoose={(file) => void chooseStorage(file)} />
        )}
        {accounts.length > 0 && (
          <Accounts
            accounts={accounts}
            names={settings.names ?? []}
            onRemove={(id) => void removeAccount(id)}
          />
        )}
      </div>
    </Dialog>
  );
}

function GatewayForm({ gateway }: { readonly gateway: string | null }) {
  const save = async (text: string): Promise<string | null> => {
    const read = readGatewayAddress(text);
    if (!read.ok) return read.error;
    return (await send("updateSettings", { gateway: read.address }))?.message ?? null;
  };
  return (
    <SavedText
      label="Router address"
      name="gateway"
      hint="Leave it empty to find the router by itself. Ports are opened on each of several, with a comma between them."
      placeholder="found by itself"
      value={gateway}
      onSave={save}
    />
  );
}
