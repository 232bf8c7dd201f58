import { OsError } from '../core/errors.ts';
import { PortFailure, type PortAnswer } from '../net/tcp.ts';

/** A remembered address that nothing proves to be the device's still: addresses change hands. */
export const unproven = (address: string, port: number): PortFailure =>
  new PortFailure({ address, port, outcome: 'not used: it may be another device by now' });

/** True if a port's answer shows that a running machine is there. */
const isUp = ({ outcome }: PortAnswer): boolean => outcome === 'refused' || outcome === 'connection reset';

/** `cannot reach NAME: …` with the answer of every tried port; `hint` replaces the common one. */
export function unreachable(name: string, answers: readonly PortAnswer[], hint?: string): OsError {
  // Only the last answer of a port counts.
  const latest = new Map(answers.map(answer => [`${answer.address} ${answer.port.toString()}`, answer]));
  const byAddress = new Map<string, PortAnswer[]>();
  for (const answer of latest.values())
    byAddress.set(answer.address, [...(byAddress.get(answer.address) ?? []), answer]);
  const said = [...byAddress].map(([address, list]) => {
    const ports = list.map(({ port, outcome: what }) => `${port.toString()} ${what}`).join(', ');
    return address === name ? ports : `${address} ${ports}`;
  });
  const refusing = [...latest.values()].filter(isUp).map(({ port }) => port.toString());
  const common =
    refusing.length > 0
      ? `it is powered on, but nothing listens on port ${[...new Set(refusing)].join(', ')}: \`os scan\` says what it offers`
      : 'is it powered and on this network? `os scan` lists the devices that answer';
  return new OsError('device-unreachable', `cannot reach ${name}: ${said.join('; ')}`, {
    hint: hint ?? common,
  });
}
