/** The address of a server that an account names. */

/** Settings are shown and kept in the clear; `https://me:secret@dyn.example` would be, too. */
export function hasNoCredentials(address: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:\/\/[^/?#]*@/i.test(address.trim());
}
