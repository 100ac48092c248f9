/** On whose router ports are opened, where this PC has several ways to the internet. */
import { describeInterface, type NetworkInterface } from "../../shared/network-interface.ts";
import { useWindowStore } from "../store.ts";
import { SelectField } from "../ui/select-field.tsx";

export interface ConnectionChoiceProps {
  /** Null lets Homeport choose. */
  readonly chosen: string | null;
  readonly onChoose: (name: string | null) => void;
}

const none: readonly NetworkInterface[] = [];
/** No interface is called so: its name would be empty. */
const BY_ITSELF = "";

export function ConnectionChoice({ chosen, onChoose }: ConnectionChoiceProps) {
  const interfaces = useWindowStore(({ snapshot }) => snapshot?.interfaces ?? none);
  // With one connection there is nothing to choose.
  if (interfaces.length < 2 && chosen === null) return null;
  const away = chosen !== null && !interfaces.some(({ name }) => name === chosen);
  const used = interfaces.find(({ inUse }) => inUse);
  return (
    <SelectField
      label="Connection"
      value={chosen ?? BY_ITSELF}
      onChange={(value) => onChoose(value === BY_ITSELF ? null : value)}
      hint="Ports are opened on the router of this connection."
    >
      <option value={BY_ITSELF}>
        {chosen === null && used !== undefined
          ? `Automatic: ${describeInterface(used)}`
          : "Automatic"}
      </option>
      {interfaces.map((one) => (
        <option key={one.name} value={one.name}>
          {describeInterface(one)}
          {one.gateway === null ? " (no router)" : ""}
        </option>
      ))}
      {away && <option value={chosen}>{chosen} (not connected)</option>}
    </SelectField>
  );
}
