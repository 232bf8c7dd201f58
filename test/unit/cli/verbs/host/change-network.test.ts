import assert from 'node:assert/strict';
import {
  addConnection,
  removeConnection,
  type AddRequest,
} from '../../../../../src/cli/verbs/host/change-network.ts';
import type { NetworkDependencies } from '../../../../../src/cli/verbs/host/guarded-network.ts';
import { addImageConnection, removeImageConnection } from '../../../../../src/cli/verbs/host/change-image.ts';
import type { HostDevice } from '../../../../../src/cli/verbs/host/open-host-device.ts';
import { ManualClock } from '../../../../support/manual-clock.ts';
import { OsError } from '../../../../../src/core/errors.ts';
import type { HostCommands } from '../../../../../src/host/host-commands.ts';
import type { NetworkProfile } from '../../../../../src/host/network/profile.ts';
import type { GuardEvent } from '../../../../../src/host/undo/guard-change.ts';
import { memoryHostFiles, type MemoryHostFiles } from '../../../../support/memory-host-files.ts';

const boot = '/mnt/boot/system-connections';
const state = '/etc/NetworkManager/system-connections';
const { signal } = new AbortController();

const profile: NetworkProfile = {
  name: 'office',
  ipv4: { method: 'auto', nameServers: [] },
  ipv6: { method: 'auto', nameServers: [] },
  interfaceName: undefined,
  isAutoconnected: true,
  priority: undefined,
  isMetered: undefined,
  link: { kind: 'ethernet', mac: undefined },
};

/** Profile of an enterprise network that refers to files as `os` names them. */
const enterprise = (name: string): string =>
  `[connection]\nid=${name}\n[802-1x]\neap=tls;\nca-cert=${boot}/${name}-ca.pem\nprivate-key=${boot}/${name}-key.pem\n`;

const replacing: AddRequest = {
  profile,
  files: [{ path: `${boot}/office-ca.pem`, content: Buffer.from('new ca') }],
  isReplacing: true,
  isActivated: true,
  undoAfterS: 60,
  confirm: () => Promise.resolve(),
};
const former = {
  [`${boot}/office`]: enterprise('office'),
  [`${state}/office`]: enterprise('office'),
  [`${boot}/office-ca.pem`]: 'old ca',
  [`${boot}/office-key.pem`]: 'old key',
};

interface Scene {
  readonly files: MemoryHostFiles;
  readonly steps: string[];
  readonly undoScripts: string[];
  readonly events: GuardEvent[];
  readonly dependencies: NetworkDependencies;
}

/** A device whose NetworkManager has the connection `office`; `onLoad` is called when it is to load a profile. */
function openScene(
  texts: Readonly<Record<string, string>>,
  options: { readonly onLoad?: (files: MemoryHostFiles) => void; readonly live?: () => string } = {},
): Scene {
  const files = memoryHostFiles(texts);
  const steps: string[] = [];
  const undoScripts: string[] = [];
  const events: GuardEvent[] = [];
  const live = options.live ?? (() => `office:uuid-1:eth0:${state}/office\n`);
  const answers: readonly [RegExp, string, () => string][] = [
    [/connection show/, 'list', live],
    [/^nmcli connection load/, 'load', () => (options.onLoad?.(files), '')],
    [/^nmcli connection reload/, 'reload', () => ''],
    [/^systemd-run --quiet --unit=os-network-\w+ /, 'activate', () => ''],
    [/^cat \/run\/os-network-\w+ /, 'read', () => '0\n'],
    [/^rm -f \/run\/os-network-\S*$/, 'forget', () => ''],
    [/cat >"\$u\/undo\.sh"/, 'arm', () => ''],
    [/mv "\$u\/token" "\$u\/confirmed"/, 'confirm', () => ''],
    [/--unit=os-undo-\w+-now/, 'undo', () => ''],
  ];
  const commands: HostCommands = {
    run(command, { input } = {}) {
      const found = answers.find(([pattern]) => pattern.test(command));
      assert.ok(found, `unscripted: ${command}`);
      const [, step, answer] = found;
      if (step === 'forget') steps.push(command.replace(/os-network-[0-9a-f]{10}$/, 'os-network-ID'));
      else if (!['list', 'read'].includes(step)) steps.push(step);
      if (step === 'arm') undoScripts.push(String(input));
      const stdout = answer();
      return Promise.resolve({ status: 0, bytes: Buffer.from(stdout), stdout, stderr: '' });
    },
  };
  const device: HostDevice = {
    kind: 'device',
    files,
    commands,
    address: '10.0.0.5',
    host: null,
    name: '10.0.0.5',
    reopen: () => Promise.resolve(device),
    reopenUnproven: () => Promise.reject(new Error('nobody reopens it without its key')),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  const report = (event: GuardEvent): void => void events.push(event);
  return {
    files,
    steps,
    undoScripts,
    events,
    dependencies: { device, clock: new ManualClock(), report, signal },
  };
}

const full = new OsError('no-space', 'the device is out of space');
const remove = (undoAfterS: number | undefined) => ({
  name: 'office',
  undoAfterS,
  confirm: () => Promise.resolve(),
});

describe('os network add', () => {
  for (const request of [
    replacing,
    { ...replacing, undoAfterS: undefined },
    { ...replacing, isActivated: false },
  ])
    it(`leaves every file as it was where the second one cannot be written (${request.isActivated ? 'activated' : 'not activated'}, undo: ${String(request.undoAfterS)})`, async () => {
      const { files, steps, dependencies } = openScene(former);
      files.refuseWritesBelow(state, full);
      await assert.rejects(addConnection(request, dependencies), full);
      assert.deepEqual(files.texts(), former);
      const isGuarded = request.isActivated && request.undoAfterS !== undefined;
      assert.deepEqual(steps, isGuarded ? ['arm', 'reload', 'confirm'] : ['reload']);
    });

  it('asks before it replaces the connection that is in use, which may be the way to the device, and no other', async () => {
    const asked: string[] = [];
    const confirm = (interfaceName: string): Promise<void> => {
      asked.push(interfaceName);
      return Promise.reject(full);
    };
    const { files, steps, dependencies } = openScene(former);
    await assert.rejects(addConnection({ ...replacing, confirm }, dependencies), full);
    assert.deepEqual([asked, steps, files.texts()], [['eth0'], [], former]);
    await addConnection({ ...replacing, confirm, isActivated: false }, dependencies);
    const idle = openScene(former, { live: () => `office:uuid-1::${state}/office\n` });
    await addConnection({ ...replacing, confirm }, idle.dependencies);
    assert.deepEqual(asked, ['eth0']);
  });

  it('has the device undo it at once where the files cannot be put back over the connection', async () => {
    let isLoaded = false;
    const { files, steps, dependencies } = openScene(former, {
      onLoad: it => {
        isLoaded = true;
        it.refuseWritesBelow('/', full);
      },
      live: () => (isLoaded ? '' : 'board:uuid-2:eth0:\n'),
    });
    await assert.rejects(addConnection(replacing, dependencies), /does not accept the connection/);
    assert.notDeepEqual(files.texts(), former);
    assert.deepEqual(steps, ['arm', 'load', 'reload', 'undo']);
  });

  it('that replaces certificates has the device put the former ones back too when it undoes', async () => {
    const { undoScripts, dependencies } = openScene(former);
    await addConnection(replacing, dependencies);
    const [script = ''] = undoScripts;
    assert.match(script, /office-ca\.pem/);
    assert.ok(script.includes(Buffer.from('old ca').toString('base64')));
  });

  for (const isActivated of [true, false])
    it(`that replaces a connection removes the certificates that the new one does not name (${isActivated ? 'activated' : 'not activated'})`, async () => {
      const lab = { [`${boot}/lab`]: enterprise('lab'), [`${boot}/lab-ca.pem`]: 'of lab' };
      const unnamed = { [`${boot}/office-certificate.pem`]: 'of somebody else' };
      const { files, undoScripts, dependencies } = openScene({
        ...former,
        ...lab,
        ...unnamed,
        [`${state}/office-key.pem`]: 'old key',
      });
      await addConnection({ ...replacing, files: [], isActivated }, dependencies);
      assert.deepEqual(Object.keys(files.texts()).sort(), [
        `${state}/office`,
        `${boot}/lab`,
        `${boot}/lab-ca.pem`,
        `${boot}/office`,
        `${boot}/office-certificate.pem`,
      ]);
      if (isActivated)
        for (const content of ['old ca', 'old key'])
          assert.ok(undoScripts[0]?.includes(Buffer.from(content).toString('base64')));
    });

  it('that replaces a connection puts its certificates back where NetworkManager does not accept the new one', async () => {
    let isLoaded = false;
    const { files, dependencies } = openScene(former, {
      onLoad: () => (isLoaded = true),
      live: () => (isLoaded ? '' : 'board:uuid-2:eth0:\n'),
    });
    const request = { ...replacing, files: [], isActivated: false };
    await assert.rejects(addConnection(request, dependencies), /does not accept the connection/);
    assert.deepEqual(files.texts(), former);
  });

  it('that replaces a connection of an image removes the certificates that the new one does not name', async () => {
    const files = memoryHostFiles({
      [`${boot}/office`]: enterprise('office'),
      [`${boot}/office-ca.pem`]: 'ca',
      [`${boot}/office-key.pem`]: 'key',
    });
    const request = { profile, files: [], isReplacing: true };
    await addImageConnection(files, { device: null, image: './os.img' }, request, signal);
    assert.deepEqual(Object.keys(files.texts()), [`${boot}/office`]);
  });

  it('removes the certificates that it brought where NetworkManager does not accept the profile', async () => {
    let isLoaded = false;
    const { files, dependencies } = openScene(
      {},
      { onLoad: () => (isLoaded = true), live: () => (isLoaded ? '' : 'board:uuid-2:eth0:\n') },
    );
    await assert.rejects(
      addConnection({ ...replacing, isActivated: false }, dependencies),
      /does not accept the connection/,
    );
    assert.deepEqual(files.texts(), {});
  });

  it('removes the outcome of its own run alone: another run still has to read its own', async () => {
    const { steps, dependencies } = openScene({});
    await addConnection(replacing, dependencies);
    assert.deepEqual(steps, ['arm', 'load', 'activate', 'confirm', 'rm -f /run/os-network-ID']);
  });

  it('leaves an image as it was where a file cannot be written', async () => {
    const files = memoryHostFiles({ [`${boot}/office-ca.pem`]: 'old ca', [`${boot}/office/x`]: '' });
    const before = files.texts();
    await assert.rejects(
      addImageConnection(files, { device: null, image: './os.img' }, replacing, signal),
      /directory/,
    );
    assert.deepEqual(files.texts(), before);
  });
});

describe('os network remove', () => {
  it('asks before it removes the connection that is in use, and leaves all as it was where that is declined', async () => {
    const { files, steps, dependencies } = openScene(former);
    const confirm = (): Promise<void> => Promise.reject(full);
    await assert.rejects(removeConnection({ ...remove(60), confirm }, dependencies), full);
    assert.deepEqual([steps, files.texts()], [[], former]);
  });

  for (const undoAfterS of [60, undefined])
    it(`leaves every file as it was where the second one cannot be removed (undo: ${String(undoAfterS)})`, async () => {
      const { files, steps, dependencies } = openScene(former);
      files.refuseWritesBelow(state, full);
      await assert.rejects(removeConnection(remove(undoAfterS), dependencies), full);
      assert.deepEqual(files.texts(), former);
      assert.deepEqual(steps, undoAfterS === undefined ? ['reload'] : ['arm', 'reload', 'confirm']);
    });

  it('removes the certificates and the key of the connection, and the copies that the OS made of them', async () => {
    const { files, undoScripts, dependencies } = openScene({
      ...former,
      [`${state}/office-key.pem`]: 'old key',
    });
    await removeConnection(remove(60), dependencies);
    assert.deepEqual(files.texts(), {});
    assert.ok(undoScripts[0]?.includes(Buffer.from('old key').toString('base64')));
  });

  it('leaves certificates that another profile refers to, and those that it does not refer to itself', async () => {
    const others = {
      [`${boot}/lab`]: enterprise('office').replace('private-key=', 'phase2-private-key=file://'),
      [`${boot}/office-ca.pem`]: 'old ca',
      [`${boot}/office-key.pem`]: 'old key',
      [`${boot}/office-certificate.pem`]: 'of somebody else',
    };
    const { files, dependencies } = openScene({ ...former, ...others });
    await removeConnection(remove(undefined), dependencies);
    assert.deepEqual(files.texts(), others);
  });

  it('removes the certificates and the key from an image too', async () => {
    const files = memoryHostFiles({
      [`${boot}/office`]: enterprise('office'),
      [`${boot}/office-ca.pem`]: 'ca',
      [`${boot}/office-key.pem`]: 'key',
      [`${boot}/lab`]: enterprise('lab'),
    });
    await removeImageConnection(files, { device: null, image: './os.img' }, 'office', signal);
    assert.deepEqual(files.texts(), { [`${boot}/lab`]: enterprise('lab') });
  });
});
