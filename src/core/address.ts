/** An IP address as it stands in a URL or before a port: IPv6 in brackets (RFC 3986 §3.2.2). A host name is as it was. */
export const inBrackets = (address: string): string => (address.includes(':') ? `[${address}]` : address);

/** `10.0.0.5:80`, `[::1]:80`, `board.local:80`. */
export const addressAndPort = (address: string, port: number | string): string =>
  `${inBrackets(address)}:${port.toString()}`;
