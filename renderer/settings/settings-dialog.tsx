/** Theme, connection, the gateway's address where it is not the default route's, how often it is asked, DNS accounts and their secrets. */
import { useState } from "react";
import type { Refusal, Request } from "../../shared/contract.ts";
import { MOST_GATEWAYS, readGateways } from "../../shared/gateway-addresses.ts";
import type { PublicSettings } from "../../shared/settings.ts";
import { selectSecretStorage, send, useWindowStore } from "../store.ts";
import { Banner } from "../ui/banner.tsx";
import { CheckBox } from "../ui/check-box.tsx";
import { Choice } from "../ui/choice.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Accounts } from "./accounts.tsx";
import { CheckPace } from "./check-pace.tsx";
import { ConnectionChoice } from "./connection-choice.tsx";
import { ObserverChoice } from "./observer-choice.tsx";
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
  const order = async (refusal: Promise<Refusal | null>): Promise<void> => {
    setTrouble((await refusal)?.message ?? null);
  };
  const change = (part: Request<"updateSettings">): void =>
    void order(send("updateSettings", part));
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
          onChange={(theme) => change({ theme })}
        />
        <ConnectionChoice
          chosen={settings.interface ?? null}
          onChoose={(name) => change({ interface: name })}
        />
        <GatewayForm gateway={settings.gateway} />
        <ObserverChoice
          observer={settings.observer ?? null}
          onChoose={(observer) => change({ observer })}
        />
        <CheckBox
          checked={settings.announce ?? false}
          onChange={(announce) => change({ announce })}
        >
          Tell other devices at home that Homeport runs here
        </CheckBox>
        {settings.inquiryMinutes !== undefined && settings.tableCheckMinutes !== undefined && (
          <CheckPace
            inquiryMinutes={settings.inquiryMinutes}
            tableCheckMinutes={settings.tableCheckMinutes}
            onChoose={change}
          />
        )}
        {storage !== undefined && (
          <SecretStorage
            storage={storage}
            onChoose={(file) => void order(send("chooseSecretStorage", { file }))}
          />
        )}
        {accounts.length > 0 && (
          <Accounts
            accounts={accounts}
            names={settings.names ?? []}
            onRemove={(id) => void order(send("removeAccount", { id }))}
          />
        )}
      </div>
    </Dialog>
  );
}

const mistakes = {
  address: "That is not an IP address. It looks like 192.168.1.1 or fd00::1.",
  count: `At most ${MOST_GATEWAYS} routers can be named.`,
} as const;

function GatewayForm({ gateway }: { readonly gateway: string | null }) {
  const save = async (text: string): Promise<string | null> => {
    const read = readGateways(text);
    if (!read.ok) return mistakes[read.wrong];
    const gateway = read.addresses.length === 0 ? null : read.addresses.join(", ");
    return (await send("updateSettings", { gateway }))?.message ?? null;
  };
  return (
    <SavedText
      label="Router address"
      name="gateway"
      hint="Empty, it is found by itself. Of several, with commas between, each opens the ports."
      placeholder="found by itself"
      value={gateway}
      onSave={save}
    />
  );
}
