import assert from 'node:assert/strict';
import { upTimeoutMs, useDevice } from '../support/emulated-device.ts';
import { eventually } from '../support/eventually.ts';
import { runOs, type Ended } from '../support/run-program.ts';
import { openTempDirectory } from '../support/temp-directory.ts';

interface Outcome {
  readonly check: string;
  readonly result: string;
  readonly evidence: string;
  readonly exitCode?: number;
}

interface Document {
  readonly ok: boolean;
  readonly result: {
    readonly device: string | null;
    readonly exitCode: number;
    readonly outcomes: Outcome[];
  };
  readonly error?: { readonly code: string; readonly message: string; readonly exitCode: number };
}

describe('os doctor', function () {
  this.timeout(upTimeoutMs);
  const use = useDevice();
  let home: Awaited<ReturnType<typeof openTempDirectory>>;
  before(async () => {
    home = await openTempDirectory();
  });
  after(() => home[Symbol.asyncDispose]());

  const doctor = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    runOs(['doctor', ...args], {
      env: {
        HOME: home.path,
        XDG_STATE_HOME: home.path,
        SSH_AUTH_SOCK: undefined,
        OS_DEVICE: undefined,
        ...env,
      },
    });
  const diagnose = async (
    env: NodeJS.ProcessEnv = {},
  ): Promise<Document & { readonly code: number | null }> => {
    const { code, stdout } = await doctor([use().address, '--json'], env);
    return { code, ...(JSON.parse(stdout) as Document) };
  };
  const outcome = ({ result }: Document, check: string): Outcome => {
    const found = result.outcomes.find(it => it.check === check);
    assert.ok(found, check);
    return found;
  };

  it('finds nothing that blocks on a device in order, and tells every check of it', async () => {
    const found = await diagnose();
    assert.equal(found.code, 0, JSON.stringify(found.error));
    assert.ok(found.ok);
    for (const check of ['engine-port', 'ssh-port', 'config-json', 'disk-space', 'read-only', 'failed-units'])
      assert.equal(outcome(found, check).result, 'ok', JSON.stringify(outcome(found, check)));
    const untold = found.result.outcomes.filter(it => it.result === 'unknown');
    assert.deepEqual(untold, []);
    const { stdout, code } = await doctor([use().address]);
    assert.equal(code, 0);
    assert.match(stdout, /nothing blocks local development; \d+ warnings?\n$/);
  });

  it('names a unit that failed', async () => {
    await use().ssh('systemd-run --unit=broken-thing /bin/false; true');
    await eventually(async () =>
      assert.match(outcome(await diagnose(), 'failed-units').evidence, /broken-thing\.service/),
    );
    await use().ssh('systemctl reset-failed broken-thing');
  });

  it('tells state that is mounted read-only as a warning', async () => {
    await use().ssh('mount -o remount,bind,ro /mnt/state');
    const found = await diagnose();
    await use().ssh('mount -o remount,bind,rw /mnt/state');
    assert.equal(outcome(found, 'read-only').result, 'warning', JSON.stringify(outcome(found, 'read-only')));
    assert.equal(found.code, 0);
  });

  it('tells a config.json that does not parse before the next boot trips over it, with status 4', async () => {
    const before = use().readConfig();
    use().writeConfig('{"hostname": "a",}');
    const found = await diagnose();
    use().writeConfig(before);
    assert.deepEqual([found.code, found.ok, found.error?.exitCode], [4, false, 4]);
    assert.match(found.error?.message ?? '', /config\.json: does not parse/);
  });

  it('tells a proxy and DOCKER_HOST of this shell', async () => {
    const found = await diagnose({ HTTP_PROXY: 'http://user:geheim@proxy:3128', DOCKER_HOST: '' });
    assert.equal(outcome(found, 'proxy').result, 'warning');
    assert.equal(outcome(found, 'docker-environment').result, 'warning');
    assert.doesNotMatch(JSON.stringify(found), /geheim/);
  });

  it('says with status 3 that nothing answers at an address, and still checks this machine', async () => {
    const { code, stdout } = await doctor(['192.0.2.199']);
    assert.equal(code, 3);
    assert.match(
      stdout,
      /This machine\n(?:.*\n)+The ports of the device\n {2}BLOCKS {3}address .*192\.0\.2\.199/,
    );
  });

  it('checks this machine alone with --machine, without a device', async () => {
    const { stdout } = await doctor(['--machine', '--json']);
    const { result } = JSON.parse(stdout) as Document;
    assert.equal(result.device, null);
    assert.ok(result.outcomes.length >= 12);
  });

  it('says with status 4 what to do about a device that is no development device any more', async () => {
    use().writeConfig({ ...use().readConfig(), developmentMode: false });
    await eventually(async () => assert.equal((await diagnose()).code, 4));
    const found = await diagnose();
    assert.equal(outcome(found, 'engine-port').result, 'blocks');
    assert.equal(outcome(found, 'ssh-port').result, 'blocks');
    const { stdout } = await doctor([use().address]);
    assert.match(stdout, /os\.sshKeys/);
    assert.match(stdout, /cannot tell, because .*: OS release, config\.json/);
  });
});
