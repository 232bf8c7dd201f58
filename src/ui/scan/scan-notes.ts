import { sanitizeLine } from '../../core/sanitize.ts';
import type { InterfaceFailure } from '../../discovery/found-device.ts';

const listed = (names: readonly string[]): string => names.map(sanitizeLine).join(', ');

/** Interfaces that could not be searched, one line a reason: `os: eth0 (IPv4), wlan0 (IPv4): port 5353 is taken`. */
export function renderFailures(failures: readonly InterfaceFailure[]): string {
  const byReason = new Map<string, string[]>();
  for (const { family, interface: name, reason } of failures)
    byReason.set(reason, [...(byReason.get(reason) ?? []), `${name} (IPv${family.toString()})`]);
  return [...byReason]
    .map(([reason, names]) => `os: on ${listed([...new Set(names)])}: ${reason}\n`)
    .join('');
}

/** Renders that nothing was found, the searched networks, and a hint. */
export function renderNothingFound(interfaces: readonly string[], subnets: readonly string[]): string {
  const places = [
    ...(interfaces.length > 0 ? [`on ${listed(interfaces)}`] : []),
    ...(subnets.length > 0 ? [`in ${listed(subnets)}`] : []),
  ];
  return [
    `os: no device found ${places.join(' or ')}`,
    '    every variant advertises itself, so check that the device is powered, booted and on this very network',
    subnets.length === 0
      ? '    where multicast is blocked (VPN, WSL, guest Wi-Fi) sweep its addresses: os scan --subnet 192.168.1.0/24'
      : '    a production device answers a sweep on port 22222 only: check firewalls on the way',
    '',
  ].join('\n');
}
