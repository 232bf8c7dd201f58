import assert from 'node:assert/strict';
import type { RawRecord } from '../support/dns-message.ts';
import {
  rawA,
  rawDevice,
  rawName,
  rawPointer,
  rawResponse,
  rawSrv,
  subtype,
} from '../support/dns-message.ts';
import type { Lab, Namespace } from '../support/namespaces.ts';
import { openLab, whyNoLab } from '../support/namespaces.ts';
import { runScan, scanDevices, startSupport } from '../support/scanning.ts';

const own = '10.78.0.66';
const honest = rawResponse(rawDevice('honest', 'honest', own));

/** A laptop on a link where one responder sends `replies` to every question of a type. */
async function openStage(lab: Lab, replies: Record<string, Buffer[]>): Promise<Namespace> {
  const [laptop, responder] = await Promise.all([0, 1].map(() => lab.namespace({ hasIpv6: false })));
  assert.ok(laptop && responder);
  const link = await lab.link();
  await link.attach(laptop, 'eth0', '10.78.0.1/24');
  await link.attach(responder, 'eth0', `${own}/24`);
  const script = Object.entries(replies).map(([type, packets]) => [
    type,
    packets.map(packet => packet.toString('base64')),
  ]);
  const input = JSON.stringify({ address: own, replies: Object.fromEntries(script) as unknown });
  await lab.keep(startSupport(responder, 'raw-responder.ts', [], { input })).waitFor(/ready/);
  return laptop;
}

describe('os scan among responders nobody should trust', function () {
  this.timeout(60_000);

  before(async function () {
    if ((await whyNoLab()) !== undefined) this.skip();
  });

  it('asks for what is missing when a responder sends pointers alone', async () => {
    await using lab = await openLab();
    const [pointer, service, address] = rawDevice('Lab 2.0', 'terse', own);
    assert.ok(pointer && service && address);
    const laptop = await openStage(lab, {
      PTR: [rawResponse([pointer])],
      SRV: [rawResponse([service])],
      A: [rawResponse([address])],
    });
    const [device] = await scanDevices(laptop);
    assert.deepEqual([device?.name, device?.addresses], ['terse', [own]]);
  });

  it('reaches a device without address records at the address it answered from', async () => {
    await using lab = await openLab();
    const laptop = await openStage(lab, { PTR: [rawResponse(rawDevice('bare', 'bare', own).slice(0, 2))] });
    const [device] = await scanDevices(laptop, '--timeout', '1s');
    assert.deepEqual([device?.name, device?.addresses], ['bare', [own]]);
  });

  it('lets no control character of a name reach the terminal', async () => {
    await using lab = await openLab();
    const names = ['\x1b[2J\x1b[31mred', '\x1b]0;title\x07tab\tnew\nline', '\u202egnp.exe', '\x9b31mc1'];
    const packets = names.map((name, i) => rawResponse(rawDevice(`i${i.toString()}`, name, own)));
    packets.push(rawResponse(rawDevice('utf8', Buffer.from([0x61, 0xff, 0xfe, 0x62]), own)));
    const laptop = await openStage(lab, { PTR: packets });
    const { exitCode, stderr, stdout } = await runScan(laptop);
    assert.equal(exitCode, 0);
    const printed = stdout + stderr;
    // eslint-disable-next-line no-control-regex -- control characters are what this is about
    assert.doesNotMatch(printed, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]/u);
    assert.match(printed, /^red /m);
    for (const line of printed.trim().split('\n'))
      assert.match(line, /^(NAME|red|tab\?new\?line|\?gnp\.exe|c1|a��b) /u);
  });

  it('survives packets that are broken in every way, and still finds the honest device', async () => {
    await using lab = await openLab();
    const loop = Buffer.from([0xc0, 12]);
    const pointing = (name: Buffer, data: Buffer): RawRecord => ({ name, type: 'PTR', data });
    const broken = [
      Buffer.alloc(0),
      Buffer.from('not dns at all'),
      honest.subarray(0, 40),
      rawResponse([], 65_535),
      rawResponse([pointing(loop, loop)]),
      rawResponse([pointing(subtype, loop)]),
      rawResponse([pointing(subtype, Buffer.from([0xff, 0xff]))]),
      rawResponse([pointing(subtype, Buffer.alloc(0))]),
      rawResponse([pointing(subtype, rawName('_ssh', '_tcp', 'local'))]),
      rawResponse([{ name: subtype, type: 'A', data: Buffer.from([1, 2]) }]),
      rawResponse([{ name: rawName('x'), type: 'TXT', data: Buffer.alloc(60_000, 0xff) }]),
      rawResponse(Array.from({ length: 800 }, (_, i) => rawPointer(`flood${i.toString()}`))),
      Buffer.from(Array.from({ length: 9000 }, (_, i) => (i * 7919) % 256)),
    ];
    const laptop = await openStage(lab, { PTR: [...broken, honest], A: broken, SRV: broken });
    const { exitCode, stderr, stdout } = await runScan(laptop, '--json', '--timeout', '2s');
    assert.deepEqual([exitCode, stderr], [0, '']);
    assert.match(stdout, /"name":"honest"/);
  });

  it('does not believe a device that claims to be this machine or someone far away', async () => {
    await using lab = await openLab();
    const host = rawName('liar', 'local');
    const lies = ['127.0.0.1', '8.8.8.8', '0.0.0.0', '224.0.0.251'];
    const laptop = await openStage(lab, {
      PTR: [
        rawResponse([
          rawPointer('liar'),
          { name: rawName('liar', '_ssh', '_tcp', 'local'), type: 'SRV', data: rawSrv(22222, host) },
          ...lies.map((address): RawRecord => ({ name: host, type: 'A', data: rawA(address) })),
        ]),
      ],
    });
    const [device] = await scanDevices(laptop, '--timeout', '1s');
    assert.deepEqual(device?.addresses, [own]);
  });
});
