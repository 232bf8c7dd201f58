/** `os network proxy`: the proxy of a device or an image, shown, set and removed. */
import { OsError } from '../../../core/errors.ts';
import type { HostCommands } from '../../../host/host-commands.ts';
import type { HostFiles } from '../../../host/host-files.ts';
import {
  formatRedsocks,
  noProxyPath,
  parseRedsocks,
  redsocksPath,
  type Proxy,
} from '../../../host/network/proxy.ts';

export interface ProxySettings {
  /** Null if connections go direct. The password is never in it. */
  readonly proxy: (Omit<Proxy, 'password'> & { readonly hasPassword: boolean }) | null;
  /** IPv4 addresses and networks that are reached directly, beside the private ones. */
  readonly noProxy: readonly string[];
}

export interface ProxyRequest {
  /** Null removes it. */
  readonly proxy: Proxy | null;
  /** Undefined leaves the list as it is. */
  readonly noProxy: readonly string[] | undefined;
}

export async function readProxy(files: HostFiles, signal: AbortSignal): Promise<ProxySettings> {
  const text = (await files.read(redsocksPath, { signal }))?.toString('utf8');
  const found = text === undefined ? undefined : parseRedsocks(text);
  if (text !== undefined && found === undefined)
    throw new OsError('config-invalid', `${redsocksPath} has no complete proxy`, {
      hint: 'replace it: os network proxy URL, or remove it: os network proxy --remove',
    });
  const list = (await files.read(noProxyPath, { signal }))?.toString('utf8') ?? '';
  const noProxy = list
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '');
  if (found === undefined) return { proxy: null, noProxy };
  const { password, ...proxy } = found;
  return { proxy: { ...proxy, hasPassword: password !== null }, noProxy };
}

/** Writes the files. The device reads them at its next boot, or as `applyProxy` makes it. */
export async function writeProxy(
  files: HostFiles,
  { proxy, noProxy }: ProxyRequest,
  signal: AbortSignal,
): Promise<void> {
  const options = { mode: 0o600, signal };
  if (proxy === null) {
    await files.remove(redsocksPath, { signal });
    await files.remove(noProxyPath, { signal });
    return;
  }
  const former = (await files.read(redsocksPath, { signal }))?.toString('utf8');
  // Each line becomes a rule of the firewall: an empty one would end the script of the OS.
  if (noProxy?.length === 0) await files.remove(noProxyPath, { signal });
  else if (noProxy !== undefined)
    await files.writeAtomically(noProxyPath, Buffer.from(`${noProxy.join('\n')}\n`), options);
  await files.writeAtomically(redsocksPath, Buffer.from(formatRedsocks(proxy, former)), options);
}

/** Newer OSes watch the files; older ones have the service alone, under one of two names. */
const applyScript = `s=
for u in balena-proxy-config resin-proxy-config; do
  [ "$(systemctl show -p LoadState --value $u.service)" = loaded ] && s=$u
done
[ -n "$s" ] || exit 0
systemctl --quiet is-active redsocks-conf.path || systemctl restart $s.service redsocks.service >/dev/null 2>&1
n=0
while [ $n -lt 20 ]; do
  state=$(systemctl is-active redsocks.service)
  case "$state" in activating | deactivating) ;; *) break ;; esac
  n=$((n + 1)); sleep 0.25
done
echo "$state"`;

/** Returns the state of redsocks after the change took effect; null if the OS has none. */
export async function applyProxy(commands: HostCommands, signal: AbortSignal): Promise<string | null> {
  const { stdout } = await commands.run(applyScript, { signal });
  const state = stdout.trim();
  return state === '' ? null : state;
}
