import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { openProvenSockets } from '../../../../src/reach/engine/proven-sockets.ts';

interface Scene {
  engineId: string | null;
  nowMs: number;
  isUp: boolean;
  readonly sockets: Socket[];
  asked: number;
  open: () => Promise<Socket>;
}

/** An engine at an address, where a test puts another one. */
function openScene(engineId: string | null): Scene {
  const scene: Scene = {
    engineId,
    nowMs: 0,
    isUp: true,
    sockets: [],
    asked: 0,
    open: () => Promise.reject(new Error('not yet')),
  };
  scene.open = openProvenSockets({
    address: '10.0.0.5',
    engineId,
    nowMs: () => scene.nowMs,
    readEngineId: () => {
      scene.asked += 1;
      return Promise.resolve(scene.engineId);
    },
    open: () => {
      if (!scene.isUp) return Promise.reject(new Error('refused'));
      const socket = new Socket();
      socket.on('error', () => undefined);
      scene.sockets.push(socket);
      return Promise.resolve(socket);
    },
  });
  return scene;
}

const isAnother = { message: '10.0.0.5 may be another device by now: its engine is not the same' };

describe('connections to an engine that was proven', () => {
  it('are opened without another question while nothing is lost', async () => {
    const scene = openScene('ENGINE');
    for (let i = 0; i < 5; i++) {
      scene.nowMs += 50_000;
      await scene.open();
    }
    assert.deepEqual([scene.sockets.length, scene.asked], [5, 0]);
  });

  it('are refused where another engine has the address after the device was away', async () => {
    const scene = openScene('ENGINE');
    scene.isUp = false;
    await assert.rejects(scene.open(), /refused/);
    scene.isUp = true;
    scene.engineId = 'OTHER';
    await assert.rejects(scene.open(), isAnother);
    await assert.rejects(scene.open(), isAnother);
    assert.equal(scene.sockets.length, 0);
    scene.engineId = 'ENGINE';
    await scene.open();
    await scene.open();
    assert.deepEqual([scene.sockets.length, scene.asked], [2, 3]);
  });

  it('are refused where another engine has the address after a connection broke', async () => {
    const scene = openScene('ENGINE');
    (await scene.open()).emit('error', new Error('reset'));
    scene.engineId = 'OTHER';
    await assert.rejects(scene.open(), isAnother);
  });

  it('are refused where another engine has the address after this machine slept', async () => {
    const scene = openScene('ENGINE');
    await scene.open();
    scene.nowMs += 8 * 3_600_000;
    scene.engineId = 'OTHER';
    await assert.rejects(scene.open(), isAnother);
  });

  it('are refused where another engine has the address after this machine slept, although its clock was set back', async () => {
    const scene = openScene('ENGINE');
    scene.nowMs = 10 * 3_600_000;
    await scene.open();
    scene.nowMs -= 2 * 3_600_000;
    scene.engineId = 'OTHER';
    await assert.rejects(scene.open(), isAnother);
  });

  it('stay doubtful where one that was on its way when another broke is opened', async () => {
    const scene = openScene('ENGINE');
    const first = await scene.open();
    const second = scene.open();
    first.emit('error', new Error('reset'));
    await second;
    scene.engineId = 'OTHER';
    await assert.rejects(scene.open(), isAnother);
  });

  it('need no proof where the engine never told an id', async () => {
    const scene = openScene(null);
    (await scene.open()).emit('error', new Error('reset'));
    await scene.open();
    assert.equal(scene.asked, 0);
  });

  it('are refused after a while where what has the address accepts and says nothing', async () => {
    const times = [0, 100_000];
    const open = openProvenSockets({
      address: '10.0.0.5',
      engineId: 'ENGINE',
      nowMs: () => times.shift() ?? Infinity,
      open: () => Promise.reject(new Error('nothing is opened')),
      readEngineId: signal =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
        }),
      patienceMs: 30,
    });
    await assert.rejects(open(), { message: /^the engine at 10\.0\.0\.5 does not tell its id in / });
  });
});
