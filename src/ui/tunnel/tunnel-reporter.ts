import { addressAndPort } from '../../core/address.ts';
import { sanitizeLine } from '../../core/sanitize.ts';
import type { ConnectionFailedEvent, TunnelEvent } from '../../tunnel/tunnel-events.ts';
import { note, type Output } from '../output.ts';

/** The same failure of the same port is not repeated within this time: a browser tries many times a second. */
const quietMs = 10_000;

/** Prints what a tunnel does: where ports are on stdout, what happens to them on stderr. */
export function openTunnelReporter(
  output: Output,
  deviceName: () => string | undefined,
  nowMs: () => number,
): { readonly report: (event: TunnelEvent) => void } {
  const printedMs = new Map<string, number>();
  const where = (): string => sanitizeLine(deviceName() ?? 'the device');
  const complain = (key: string, message: string): void => {
    const now = nowMs();
    const last = printedMs.get(key);
    if (last !== undefined && now - last < quietMs) return;
    printedMs.set(key, now);
    note(output, `${output.styleTalk('yellow', '!')} ${sanitizeLine(message)}`);
  };
  const failed = ({ direction, service, port, message }: ConnectionFailedEvent): void =>
    complain(`${direction} ${service ?? ''} ${port.toString()} ${message}`, message);
  return {
    report(event) {
      switch (event.type) {
        case 'listening': {
          const { service, port, addresses, localPort } = event;
          const local = addresses.map(address => addressAndPort(address, localPort)).join(', ');
          const far =
            service === null
              ? `port ${port.toString()} of ${where()}`
              : `${sanitizeLine(service)}:${port.toString()} on ${where()}`;
          output.answer(`${output.styleAnswer('bold', local)} → ${far}\n`);
          break;
        }
        case 'reverse-listening': {
          const { localPort, host, containers, isPublic } = event;
          const local = `port ${localPort.toString()} of this machine`;
          output.answer(`${output.styleAnswer('bold', sanitizeLine(host))} on ${where()} → ${local}\n`);
          if (containers !== null)
            output.answer(
              `${output.styleAnswer('bold', sanitizeLine(containers))} in its containers → ${local}\n`,
            );
          else
            note(
              output,
              "containers do not reach it, but those with the host's network: its SSH server listens on the loopback address alone (GatewayPorts)",
            );
          if (isPublic)
            note(output, `its SSH server listens on every address: the network of ${where()} reaches it too`);
          break;
        }
        case 'connection-failed':
          failed(event);
          break;
        case 'reverse-failed':
          complain(`reverse ${event.port.toString()}`, `${event.message}; it is tried again`);
          break;
        case 'connection':
          note(
            output,
            event.state === 'lost'
              ? `${where()} is lost: connections are closed until it is back`
              : `${where()} is back`,
          );
          break;
        case 'warning':
          note(output, sanitizeLine(event.message));
          break;
      }
    },
  };
}
