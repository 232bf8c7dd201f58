import assert from 'node:assert/strict';
import fc from 'fast-check';
import { OsError } from '../../../src/core/errors.ts';
import { isPortWord, parsePort, parseReverse, parseTunnelWords } from '../../../src/tunnel/port-words.ts';

const refusal = (words: readonly string[], device?: string): string => {
  try {
    parseTunnelWords(words, device);
  } catch (error) {
    assert.ok(error instanceof OsError && error.code === 'usage', String(error));
    return `${error.message} | ${error.hint ?? ''}`;
  }
  assert.fail(`${words.join(' ')} is taken`);
};

const serviceName = fc.stringMatching(/^[a-z][a-z0-9_.-]{0,20}$/).filter(name => !name.endsWith('.local'));
const port = fc.integer({ min: 1, max: 65_535 });

describe('the words of os tunnel', () => {
  it('are a port, a port of a service, and a port of this machine, as they are written', () => {
    fc.assert(
      fc.property(
        fc.option(serviceName),
        port,
        fc.option(fc.integer({ min: 0, max: 65_535 })),
        (service, number, local) => {
          const word = [service, number, local].filter(part => part !== null).join(':');
          assert.ok(isPortWord(word));
          assert.deepEqual(parsePort(word), { service, port: number, localPort: local ?? number });
          const { device, ports } = parseTunnelWords(['mydevice', word], undefined);
          assert.deepEqual([device, ports], ['mydevice', [parsePort(word)]]);
        },
      ),
    );
  });

  it('are read or refused with a hint, whatever they are', () => {
    const word = fc.oneof(fc.string(), fc.stringMatching(/^[a-z0-9:/.-]{1,12}$/));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), words => {
        try {
          for (const each of parseTunnelWords(words, undefined).ports)
            assert.ok(each.port > 0 && each.port < 65_536 && each.localPort < 65_536);
        } catch (error) {
          assert.ok(
            error instanceof OsError && error.code === 'usage' && error.hint !== undefined,
            String(error),
          );
        }
      }),
    );
  });

  it('take the first one for a device unless it is a port', () => {
    for (const device of [
      'mydevice',
      '10.0.0.5',
      '10.0.0.5:2222',
      'mydevice.local:2222',
      'fe80::1%eth0',
      '63ec46c',
    ])
      assert.deepEqual(parseTunnelWords([device, '80'], undefined).device, device);
    for (const word of ['80', '80:8080', 'web:80', 'web:80:8080', '443/tcp'])
      assert.equal(parseTunnelWords([word], undefined).device, undefined);
    assert.equal(parseTunnelWords(['80'], '8080').device, '8080');
  });

  it('are suspect where a person may have meant a device and its port', () => {
    assert.deepEqual(parseTunnelWords(['kitchen:80:8080'], undefined).suspect, {
      name: 'kitchen',
      rest: '80:8080',
    });
    assert.equal(parseTunnelWords(['kitchen:80'], 'hall').suspect, undefined);
    assert.equal(parseTunnelWords(['80:8080'], undefined).suspect, undefined);
    assert.equal(parseTunnelWords(['hall', 'kitchen:80'], undefined).suspect, undefined);
  });

  it('are refused for UDP, since nothing carries it', () => {
    assert.match(refusal(['dev', '53/udp']), /tunnels carry TCP alone, not UDP/);
    assert.match(refusal(['dev', 'dns:53/udp:5353']), /tunnels carry TCP alone, not UDP/);
    assert.match(refusal(['53/udp']), /tunnels carry TCP alone, not UDP/);
    assert.match(refusal(['dev', '53/foo']), /no protocol is called "foo"/);
    assert.deepEqual(parsePort('dns:53/tcp:5353'), { service: 'dns', port: 53, localPort: 5353 });
  });

  it('are refused for a number that is no port, with how to name a device of that name', () => {
    assert.match(
      refusal(['1234567']),
      /1234567 is not between 1 and 65535 \| a device of that name: --device 1234567/,
    );
    assert.match(refusal(['dev', '0']), /0 is not between 1 and 65535/);
    assert.match(refusal(['dev', '80:65536']), /65536 is not between 0 and 65535/);
    assert.match(refusal(['dev', '1:2:3']), /it has too many parts|is no number/);
  });

  it('are refused for a service without a port, and a second device', () => {
    assert.match(
      refusal(['dev', 'web']),
      /"web": it has no number \| a port of a service of that name: web:80/,
    );
    assert.match(refusal(['web'], 'dev'), /it has no number/);
  });

  it('are refused where two want the same port of this machine, and not where any is taken', () => {
    assert.match(refusal(['dev', 'web:80', 'db:81:80']), /two ports want port 80 of this machine/);
    assert.equal(parseTunnelWords(['dev', 'web:80:0', 'db:80:0'], undefined).ports.length, 2);
  });
});

describe('--reverse', () => {
  it('names a port of the device, and another one of this machine if it is another', () => {
    assert.deepEqual(parseReverse('3000'), { port: 3000, localPort: 3000 });
    assert.deepEqual(parseReverse('9000:3000'), { port: 9000, localPort: 3000 });
    for (const word of ['web:80', '80:0', 'x', '53/udp', ''])
      assert.throws(() => parseReverse(word), { code: 'usage' }, word);
  });
});
