/** The services of the catalogue by name. Import it only when asked for: it brings all that tells them apart. */
import { catalogue } from "../../shared/services/catalogue.ts";

export interface KnownService {
  readonly id: string;
  readonly name: string;
}

export const knownServices: readonly KnownService[] = catalogue
  .map(({ id, name }) => ({ id, name }))
  .toSorted((a, b) => a.name.localeCompare(b.name, "en"));
