import assert from 'node:assert/strict';
import { complete } from '../../../../src/cli/completion/candidates.ts';
import { readServices } from '../../../../src/cli/completion/project-services.ts';
import { specOf } from '../../../../src/cli/completion/spec.ts';

const flag = (name: string, type = 'boolean', more = {}) => ({ [name]: { name, type, ...more } });

const commands = specOf({
  commands: {
    scan: { summary: 'find devices', flags: flag('watch'), args: {} },
    ssh: {
      flags: { ...flag('user', 'option'), ...flag('identity', 'option', { char: 'i', helpValue: 'FILE' }) },
      args: { device: { name: 'device' }, service: { name: 'service' } },
      strict: false,
    },
    'config:set': { flags: flag('on', 'option', { helpValue: 'DEVICE' }), args: { key: { name: 'key' } } },
    'config:get': { summary: 'print it', flags: {}, args: {} },
    'config:old': { hidden: true, flags: {}, args: {} },
    push: {
      flags: {
        ...flag('via', 'option', { options: ['tcp', 'ssh'] }),
        ...flag('source', 'option', { char: 's', helpValue: 'DIR' }),
        ...flag('service', 'option', { multiple: true }),
        ...flag('pull'),
      },
      args: { device: { name: 'device' } },
    },
    cp: { flags: {}, args: { src: { name: 'src' }, dst: { name: 'dst' } }, strict: false },
    tunnel: {
      flags: flag('device', 'option', { helpValue: 'DEVICE' }),
      args: { device: { name: 'device' }, port: { name: 'port' } },
      strict: false,
    },
    completion: { flags: {}, args: { shell: { name: 'shell', options: ['bash', 'zsh'] } } },
  },
});

const sources = {
  devices: () => ['kitchen', 'kiosk', 'hall'],
  services: () => [
    { name: 'web', ports: [80, 443] },
    { name: 'db', ports: [] },
  ],
};
const words = (...line: string[]): string[] =>
  complete(commands, line, sources).candidates.map(({ word }) => word);

describe('completion', () => {
  it('offers commands and topics, and their next words with what they do', () => {
    assert.deepEqual(words(''), ['completion', 'config', 'cp', 'push', 'scan', 'ssh', 'tunnel']);
    assert.deepEqual(words('s'), ['scan', 'ssh']);
    assert.deepEqual(complete(commands, ['config', ''], sources).candidates, [
      { word: 'get', summary: 'print it' },
      { word: 'set', summary: '' },
    ]);
    assert.deepEqual(words('help', 'sc'), ['scan']);
    assert.deepEqual(words('nosuch', ''), []);
  });

  it('offers devices, then services, and nothing of what another program is given', () => {
    assert.deepEqual(words('ssh', 'ki'), ['kiosk', 'kitchen']);
    assert.deepEqual(words('ssh', 'kitchen', ''), ['db', 'web']);
    assert.deepEqual(words('ssh', '--user', 'ann', 'kitchen', 'w'), ['web']);
    assert.deepEqual(words('ssh', 'kitchen', '--', 'ls', ''), []);
    assert.deepEqual(words('push', 'kitchen', ''), []);
    assert.deepEqual(words('config', 'set', '--on', 'h'), ['hall']);
  });

  it('offers the devices that a list does not have yet', () => {
    assert.deepEqual(words('push', 'kitchen,'), ['kitchen,hall', 'kitchen,kiosk']);
    assert.deepEqual(words('push', 'kitchen,hall,ki'), ['kitchen,hall,kiosk']);
    assert.deepEqual(words('config', 'set', '--on', 'kitchen,h'), ['kitchen,hall']);
  });

  it('offers flags that are not there yet, and their values', () => {
    assert.deepEqual(words('push', '--'), ['--help', '--pull', '--service', '--source', '--via']);
    assert.deepEqual(words('push', '--pull', '--service', 'web', '--p'), []);
    assert.deepEqual(words('push', '--service', 'web', '--se'), ['--service']);
    assert.deepEqual(words('push', '--via', ''), ['ssh', 'tcp']);
    assert.deepEqual(words('push', '--via=s'), ['--via=ssh']);
    assert.deepEqual(words('push', '--service', ''), ['db', 'web']);
    assert.deepEqual(words('completion', ''), ['bash', 'zsh']);
  });

  it('leaves files and directories to the shell', () => {
    const pathsOf = (...line: string[]): unknown => complete(commands, line, sources).paths;
    assert.equal(pathsOf('push', '-s', ''), 'directories');
    assert.equal(pathsOf('ssh', '-i', '~/.s'), 'files');
    assert.equal(pathsOf('ssh', ''), undefined);
  });

  it('offers the places of a copy: files here, devices, and then their services', () => {
    assert.deepEqual(words('cp', 'ki'), ['kiosk:', 'kitchen:']);
    assert.equal(complete(commands, ['cp', 'ki'], sources).paths, 'files');
    assert.deepEqual(words('cp', 'file', 'kitchen:'), ['kitchen:/', 'kitchen:db:/', 'kitchen:web:/']);
    assert.deepEqual(words('cp', 'file', 'kitchen:w'), ['kitchen:web:/']);
    assert.deepEqual(words('cp', 'file', 'kitchen:/etc'), []);
    assert.equal(complete(commands, ['cp', 'kitchen:'], sources).paths, undefined);
  });

  it('offers the ports of services for a tunnel, with a device before them or without', () => {
    assert.deepEqual(words('tunnel', ''), ['db:', 'hall', 'kiosk', 'kitchen', 'web:443', 'web:80']);
    assert.deepEqual(words('tunnel', 'kitchen', ''), ['db:', 'web:443', 'web:80']);
    assert.deepEqual(words('tunnel', 'kitchen', 'web:80', 'web:4'), ['web:443']);
    assert.deepEqual(words('tunnel', '--device', 'ki'), ['kiosk', 'kitchen']);
  });

  it('finds the services of a compose file by its lines', () => {
    const compose =
      'name: shop\n\nservices:\n  # two\n  web:\n    build: .\n  "db":\n    image: x\nvolumes:\n  data: {}\n';
    assert.deepEqual(readServices(compose), [
      { name: 'web', ports: [] },
      { name: 'db', ports: [] },
    ]);
    assert.deepEqual(readServices('services: {}\n'), []);
  });

  it('finds the ports of services, in each form but UDP and ranges', () => {
    const compose = `services:
  web:
    environment:
      - PORT=1
      - 99
    ports:
      - "127.0.0.1:8080:80"
      - 443 # plain
      - '9000-9010:9000-9010'
      - 53:53/udp
      - target: 8443
        published: 1
    depends_on:
      - 77
  db:
    expose: [5432, "5433"]
    ports:
    - 81:82/tcp
`;
    assert.deepEqual(readServices(compose), [
      { name: 'web', ports: [80, 443, 8443] },
      { name: 'db', ports: [5432, 5433, 82] },
    ]);
  });
});
