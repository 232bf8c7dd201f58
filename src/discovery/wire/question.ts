/** One mDNS question. Labels, not a dotted name: a service instance may contain dots (RFC 6763 §4.3). */
export interface Question {
  readonly labels: readonly string[];
  readonly type: 'PTR' | 'SRV' | 'A' | 'AAAA';
}

/** The service that every release advertises: `_ssh._tcp` under this subtype; hosts with plain SSH lack the subtype. */
export const deviceType: readonly string[] = ['_resin-device', '_sub', '_ssh', '_tcp', 'local'];
export const serviceType: readonly string[] = ['_ssh', '_tcp', 'local'];

const typeNumbers = { A: 1, PTR: 12, AAAA: 28, SRV: 33 } as const;
const classInternet = 1;
const maxLabelBytes = 63;

/** True if the question can be encoded: labels of 1 to 63 bytes, 255 bytes altogether (RFC 1035 §2.3.4). */
export function isEncodable(question: Question): boolean {
  const sizes = question.labels.map(label => Buffer.byteLength(label));
  return (
    sizes.every(size => size > 0 && size <= maxLabelBytes) &&
    sizes.reduce((sum, size) => sum + size + 1, 1) <= 255
  );
}

/** A query packet (RFC 1035 §4.1) with `questions`, all of them askable. */
export function encodeQuery(questions: readonly Question[]): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt16BE(questions.length, 4);
  const parts = questions.flatMap(({ labels, type }) => {
    const tail = Buffer.alloc(5);
    tail.writeUInt16BE(typeNumbers[type], 1);
    tail.writeUInt16BE(classInternet, 3);
    return [...labels.flatMap(label => [Buffer.from([Buffer.byteLength(label)]), Buffer.from(label)]), tail];
  });
  return Buffer.concat([header, ...parts]);
}
