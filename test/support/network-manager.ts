/** NetworkManager's own library and GLib's parser of key files, through their Python bindings. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { root } from './run-program.ts';

export interface TheirIp {
  readonly method: string;
  readonly addresses: readonly string[];
  readonly gateway: string | null;
  readonly dns: readonly string[];
}

export interface TheirConnection {
  readonly problem: string | null;
  readonly warnings: readonly string[];
  readonly id: string;
  readonly type: string;
  readonly interface: string | null;
  readonly autoconnect: boolean;
  readonly priority: number;
  readonly metered: number;
  readonly ssid: string | null;
  readonly hidden: boolean | null;
  readonly keyManagement: string | null;
  readonly psk: string | null;
  readonly identity: string | null;
  readonly anonymousIdentity: string | null;
  readonly password: string | null;
  readonly apn: string | null;
  readonly pin: string | null;
  readonly username: string | null;
  readonly gsmPassword: string | null;
  readonly vlan: readonly [string, number] | null;
  readonly ipv4: TheirIp;
  readonly ipv6: TheirIp;
}

export interface TheirReading {
  /** Why GLib refuses the file. */
  readonly error?: string;
  readonly groups?: readonly {
    readonly name: string;
    readonly entries: readonly {
      readonly key: string;
      readonly raw: string;
      readonly text: string | null;
      readonly list: readonly string[] | null;
    }[];
  }[];
  /** Why NetworkManager refuses it. */
  readonly refusal?: string;
  readonly connection?: TheirConnection;
}

/** Reads each text as a key file and as a connection. */
export function readWithNetworkManager(texts: readonly string[]): readonly TheirReading[] {
  const script = path.join(root, 'test/fixtures/network-manager/read-keyfiles.py');
  const input = texts.map(text => `${JSON.stringify(text)}\n`).join('');
  const printed = execFileSync('/usr/bin/python3', [script], {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  return printed
    .trimEnd()
    .split('\n')
    .map(line => JSON.parse(line) as TheirReading);
}
