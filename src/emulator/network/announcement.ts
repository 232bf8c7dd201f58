import { mdnsPort } from '../../net/ports.ts';
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodePtrQuery, parsePtrAnswers } from './mdns-message.ts';

const serviceName = '_resin-device._sub._ssh._tcp.local';

export interface Announcement {
  /** The name that leads to the device, e.g. `mydevice.local`; `mydevice-2.local` after a conflict. */
  readonly host: string;
}

/**
 * Waits until the device at `address` announces itself on the link of `gateway`, asking again every 100 ms.
 * Rejects with the signal's reason when it aborts first.
 */
export async function waitForAnnouncement(
  address: string,
  gateway: string,
  signal: AbortSignal,
): Promise<Announcement> {
  const reverse = `${address.split('.').reverse().join('.')}.in-addr.arpa`;
  const query = encodePtrQuery([serviceName, reverse]);
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  const isFound = new AbortController();
  const ended = AbortSignal.any([signal, isFound.signal]);
  let hasService = false;
  let host: string | undefined;
  socket.on('message', (message, sender) => {
    if (sender.address !== address) return;
    const answers = parsePtrAnswers(message);
    hasService ||= answers.has(serviceName);
    host = answers.get(reverse) ?? host;
    if (hasService && host !== undefined) isFound.abort();
  });
  // A link that is not up yet refuses to send: the next question may pass.
  socket.on('error', () => undefined);
  try {
    await new Promise<void>(resolve => socket.bind(0, gateway, resolve));
    socket.setMulticastInterface(gateway);
    while (!ended.aborted) {
      socket.send(query, mdnsPort, '224.0.0.251', () => undefined);
      await sleep(100, undefined, { signal: ended }).catch(() => undefined);
    }
  } finally {
    socket.close();
  }
  if (host === undefined || !isFound.signal.aborted) signal.throwIfAborted();
  return { host: host ?? '' };
}
