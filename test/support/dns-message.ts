/** Raw mDNS messages, also such as no honest responder sends. */

const typeNumbers = { A: 1, PTR: 12, TXT: 16, AAAA: 28, SRV: 33 } as const;

export interface RawRecord {
  name: Buffer;
  type: keyof typeof typeNumbers;
  ttl?: number;
  data: Buffer;
}

const uint16 = (value: number): Buffer => Buffer.from([value >> 8, value & 255]);

/** A name on the wire from its labels, which may hold any bytes. */
export function rawName(...labels: (string | Buffer)[]): Buffer {
  return Buffer.concat([
    ...labels.map(label => Buffer.concat([Buffer.from([Buffer.byteLength(label)]), Buffer.from(label)])),
    Buffer.from([0]),
  ]);
}

export const rawSrv = (port: number, target: Buffer): Buffer =>
  Buffer.concat([uint16(0), uint16(0), uint16(port), target]);

export const rawA = (address: string): Buffer => Buffer.from(address.split('.').map(Number));

/** A response with `records` as answers; `count` lies about how many there are. */
export function rawResponse(records: readonly RawRecord[], count = records.length): Buffer {
  const header = Buffer.concat([0, 0x8400, 0, count, 0, 0].map(uint16));
  const body = records.map(({ name, type, ttl = 120, data }) => {
    const life = Buffer.alloc(4);
    life.writeUInt32BE(ttl);
    return Buffer.concat([name, uint16(typeNumbers[type]), uint16(1), life, uint16(data.length), data]);
  });
  return Buffer.concat([header, ...body]);
}

export const subtype = rawName('_resin-device', '_sub', '_ssh', '_tcp', 'local');

/** The pointer that makes `instance` a device. */
export const rawPointer = (instance: string | Buffer, ttl = 4500): RawRecord => ({
  name: subtype,
  type: 'PTR',
  ttl,
  data: rawName(instance, '_ssh', '_tcp', 'local'),
});

/** Everything a device says of itself. */
export function rawDevice(instance: string | Buffer, host: string | Buffer, address: string): RawRecord[] {
  const target = rawName(host, 'local');
  return [
    rawPointer(instance),
    { name: rawName(instance, '_ssh', '_tcp', 'local'), type: 'SRV', data: rawSrv(22222, target) },
    { name: target, type: 'A', data: rawA(address) },
  ];
}
