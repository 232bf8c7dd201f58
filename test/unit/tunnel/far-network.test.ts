import assert from 'node:assert/strict';
import { lookScript, parseNetwork, relayCommand } from '../../../src/tunnel/far-network.ts';
import { chooseReverseAddresses, parseReversePlace } from '../../../src/tunnel/reverse-place.ts';

const socket = (address: string, port: string): string =>
  `   0: ${address}:${port} 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 8 1\n`;
const loopback = '0100007F';
const bridge = '010011AC';
const every = '00000000';
const id = 'f'.repeat(64);

describe('the network of a container, as the host of a device sees it', () => {
  it('is there while a process of that container runs, with the addresses that listen', () => {
    const text = `has nsenter\nhas busybox-nc\nfound\n${socket(loopback, '240D')}${socket(every, '0050')}`;
    const network = parseNetwork(text, id, 9229);
    assert.deepEqual([network.isThere, network.canEnter, network.addresses], [true, true, ['127.0.0.1']]);
    assert.equal(network.relay?.('127.0.0.1', 9229), 'busybox nc 127.0.0.1 9229');
    assert.deepEqual(parseNetwork(text, id, 80).addresses, ['127.0.0.1']);
    assert.deepEqual(parseNetwork(text, id, 81).addresses, []);
    assert.equal(parseNetwork('has nc\n', id, 80).isThere, false);
  });

  it('is led to by the program that passes on the end of input best', () => {
    const relay = (has: string): string | undefined => parseNetwork(has, undefined, 1).relay?.('::1', 80);
    assert.equal(relay('has nc\nhas socat\n'), 'socat -t 86400 - TCP6:[::1]:80');
    assert.equal(relay('has nc\nhas nc-N\n'), 'nc -N ::1 80');
    assert.equal(relay('has nc\n'), 'nc ::1 80');
    assert.equal(relay(''), undefined);
  });

  it('is entered through a process that its own id leads to', () => {
    assert.match(lookScript(id), new RegExp(`grep -l ${id} /proc/`));
    assert.match(
      relayCommand(id, 'nc 127.0.0.1 80'),
      new RegExp(`${id}.*nsenter -t "\\$p" -n nc 127.0.0.1 80$`),
    );
    assert.equal(relayCommand(undefined, 'nc 127.0.0.1 80'), 'exec nc 127.0.0.1 80');
  });
});

describe('the addresses at which a device reaches this machine', () => {
  const ip = '1: lo    inet 127.0.0.1/8 scope host lo\n4: docker0    inet 172.17.0.1/16 brd 172.17.255.255\n';
  const choose = (sockets: string, addresses = ip) =>
    chooseReverseAddresses(parseReversePlace(sockets + addresses, 3000), 3000);

  it('are those that listen, whatever the SSH server says', () => {
    const host = '127.0.0.1:3000';
    assert.deepEqual(choose(socket(loopback, '0BB8')), { host, containers: null, isPublic: false });
    const both = socket(loopback, '0BB8') + socket(bridge, '0BB8');
    assert.deepEqual(choose(both), { host, containers: '172.17.0.1:3000', isPublic: false });
    assert.equal(choose(socket(loopback, '0BB9')), undefined);
  });

  it('are public where every address listens', () => {
    const listening = { host: '127.0.0.1:3000', containers: '172.17.0.1:3000', isPublic: true };
    assert.deepEqual(choose(socket(every, '0BB8')), listening);
    assert.deepEqual(choose(socket(every, '0BB8'), ''), { ...listening, containers: null });
  });
});
