import assert from 'node:assert/strict';
import { desire } from '../../../../support/composition.ts';
import { read } from '../../../../support/read-files.ts';
import type { Tree } from '../../../../support/tree.ts';

/** The host configuration of the service `web` with these options. */
async function hostConfigOf(options: string, files: Tree = {}): Promise<Record<string, unknown>> {
  const compose = `services: {web: {image: a, security_opt: [${options}]}}`;
  const { services } = await desire(await read({ 'compose.yaml': compose, ...files }));
  return services[0]?.body.HostConfig ?? {};
}

describe('security_opt', () => {
  it('has the text of a seccomp profile of this machine sent, as compose does', async () => {
    const files = { 'chrome.json': '{\n  "value": 18446744073709551615,\n  "names": ["a \\" b"]\n}\n' };
    const sent = ['seccomp={"value":18446744073709551615,"names":["a \\" b"]}'];
    for (const option of ['seccomp=./chrome.json', '"seccomp:chrome.json"'])
      assert.deepEqual((await hostConfigOf(option, files))['SecurityOpt'], sent);
  });

  it('is relative to the project also in a file of another directory', async () => {
    const files = {
      'compose.yaml': 'include: [sub/compose.yaml]',
      'sub/compose.yaml': 'services: {web: {image: a, security_opt: ["seccomp=p.json"]}}',
      'p.json': '{}',
    };
    const { services } = await desire(await read(files));
    assert.deepEqual(services[0]?.body.HostConfig['SecurityOpt'], ['seccomp={}']);
  });

  it('reaches the engine as it is for everything else', async () => {
    const written = '"seccomp:unconfined", seccomp=builtin, apparmor=a, no-new-privileges';
    assert.deepEqual((await hostConfigOf(written))['SecurityOpt'], [
      'seccomp:unconfined',
      'seccomp=builtin',
      'apparmor=a',
      'no-new-privileges',
    ]);
  });

  it('hides no path of the system with systempaths=unconfined', async () => {
    const { SecurityOpt, MaskedPaths, ReadonlyPaths } = await hostConfigOf('systempaths=unconfined');
    assert.deepEqual([SecurityOpt, MaskedPaths, ReadonlyPaths], [[], [], []]);
    assert.equal((await hostConfigOf('label=disable'))['MaskedPaths'], undefined);
  });

  it('is refused where compose cannot read it either', async () => {
    await assert.rejects(
      hostConfigOf('seccomp=no.json, b.json, seccomp=b.json', { 'b.json': '{' }),
      error => {
        const lines = (error as Error).message.split('\n').map(it => it.replace(/\/\S*\//g, ''));
        assert.match(lines[0] ?? '', /web\.security_opt\[0\]: there is no file no\.json$/);
        assert.match(
          lines[1] ?? '',
          /web\.security_opt\[1\]: "b\.json" is not a security option: write it like/,
        );
        assert.match(lines[2] ?? '', /web\.security_opt\[2\]: b\.json is not a seccomp profile: /);
        return true;
      },
    );
  });
});
