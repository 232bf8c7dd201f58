import assert from 'node:assert/strict';
import { listPublishedPorts, offerPorts, wordOf } from '../../../src/tunnel/offer-ports.ts';

const published = (privatePort: number, publicPort: number | null, protocol = 'tcp') => ({
  ...{ privatePort, publicPort, protocol },
  address: '0.0.0.0',
});
const services = [
  {
    service: 'web',
    state: 'running',
    ports: [published(80, 8080), published(80, 8080), published(443, null)],
  },
  { service: 'db', state: 'running', ports: [published(5432, 5432), published(53, 53, 'udp')] },
  { service: 'old', state: 'exited', ports: [published(1, 1)] },
];
const options = { where: 'mydevice', project: 'shop', isAll: false, pick: undefined };

describe('the ports that os tunnel offers', () => {
  it('are those that running services publish over TCP, each once', () => {
    assert.deepEqual(listPublishedPorts(services).map(wordOf), ['db:5432', 'web:80:8080']);
  });

  it('are all taken with --all, and the only one without a question', async () => {
    assert.equal((await offerPorts(services, { ...options, isAll: true })).length, 2);
    assert.deepEqual((await offerPorts(services.slice(1), options)).map(wordOf), ['db:5432']);
  });

  it('are asked for where somebody can be asked, and else named in a refusal', async () => {
    const picked = await offerPorts(services, {
      ...options,
      pick: ports => Promise.resolve(ports.slice(0, 1)),
    });
    assert.deepEqual(picked.map(wordOf), ['db:5432']);
    await assert.rejects(offerPorts(services, options), {
      code: 'usage',
      message: 'which port of mydevice? db:5432, web:80:8080',
      hint: 'name some of them, or take --all',
    });
  });

  it('are refused where there are none, with how to name one', async () => {
    await assert.rejects(offerPorts([], options), {
      code: 'usage',
      message: 'no service of the project shop on mydevice publishes a port',
    });
  });
});
