import assert from 'node:assert/strict';
import fc from 'fast-check';
import { readProxy, writeProxy } from '../../../../src/cli/verbs/host/change-proxy.ts';
import {
  checkNoProxy,
  formatRedsocks,
  parseProxyUrl,
  parseRedsocks,
} from '../../../../src/host/network/proxy.ts';
import { memoryHostFiles } from '../../../support/memory-host-files.ts';

const { signal } = new AbortController();

describe('the proxy of a device', () => {
  it('is read from a URL, in the types that redsocks has', () => {
    const plain = { login: null, password: null };
    const expected = { type: 'socks5', host: '10.0.0.1', port: 1080 };
    assert.deepEqual(parseProxyUrl('socks5://10.0.0.1:1080', undefined), { ...expected, ...plain });
    assert.deepEqual(parseProxyUrl('socks://10.0.0.1:1080/', undefined), { ...expected, ...plain });
    assert.deepEqual(parseProxyUrl('http://me@proxy.example:8080', 'geheim'), {
      ...{ type: 'http-connect', host: 'proxy.example', port: 8080 },
      ...{ login: 'me', password: 'geheim' },
    });
  });

  it('is refused where redsocks cannot use it, with what is wrong', () => {
    for (const [url, password, pattern] of [
      ['10.0.0.1:1080', undefined, /not the URL/],
      ['socks5://10.0.0.1', undefined, /not the URL/],
      ['ftp://10.0.0.1:21', undefined, /no kind of proxy/],
      ['socks5://[fd00::1]:1080', undefined, /IPv6/],
      ['socks5://10.0.0.1:70000', undefined, /no port/],
      ['socks5://a:b@10.0.0.1:1080', undefined, /history of the shell/],
      ['socks5://me@10.0.0.1:1080', 'say "hi"', /the password cannot be written/],
      ['socks5://10.0.0.1:1080', 'secret', /no user/],
    ] as const)
      assert.throws(() => parseProxyUrl(url, password), { code: 'config-invalid', message: pattern });
    for (const network of ['10.0.0.0/33', 'example.org', 'fd00::/8', '1.2.3.4/8/9', ''])
      assert.throws(() => {
        checkNoProxy(network);
      }, network);
    checkNoProxy('203.0.113.0/24');
    checkNoProxy('203.0.113.7');
  });

  it('is read back from redsocks.conf as it was written, whatever user and password', () => {
    const secret = fc.stringMatching(/^[ !#-[\]-~]{1,40}$/);
    fc.assert(
      fc.property(secret, secret, fc.integer({ min: 1, max: 65_535 }), (login, password, port) => {
        const proxy = { type: 'socks5', host: 'proxy.example', port, login, password };
        assert.deepEqual(parseRedsocks(formatRedsocks(proxy)), proxy);
      }),
    );
  });

  it('is read as people and the supervisor write it, with comments, quotes and further sections', () => {
    const text = `base { log = stderr; }
redsocks {
 type = socks5;
 // ip = 10.0.0.9;
 ip = "10.0.0.1";
 port = 1080;
}
dnsu2t { remote_ip = 1.1.1.1; }
`;
    const proxy = parseRedsocks(text);
    assert.deepEqual([proxy?.host, proxy?.port], ['10.0.0.1', 1080]);
    const other = parseProxyUrl('socks5://10.0.0.2:1080', undefined);
    const after = formatRedsocks(other, text);
    assert.match(after, /dnsu2t \{ remote_ip = 1\.1\.1\.1; \}/);
    assert.equal(parseRedsocks(after)?.host, '10.0.0.2');
    assert.equal(parseRedsocks('redsocks { type = socks5; }'), undefined);
  });

  it('is set and removed with its list, and never shows its password', async () => {
    const files = memoryHostFiles();
    const proxy = parseProxyUrl('socks5://me@10.0.0.1:1080', 'geheim');
    await writeProxy(files, { proxy, noProxy: ['203.0.113.0/24'] }, signal);
    const read = await readProxy(files, signal);
    assert.deepEqual(read, {
      proxy: { type: 'socks5', host: '10.0.0.1', port: 1080, login: 'me', hasPassword: true },
      noProxy: ['203.0.113.0/24'],
    });
    await writeProxy(
      files,
      { proxy: parseProxyUrl('socks4://10.0.0.2:1', undefined), noProxy: undefined },
      signal,
    );
    assert.deepEqual((await readProxy(files, signal)).noProxy, ['203.0.113.0/24']);
    await writeProxy(files, { proxy: null, noProxy: undefined }, signal);
    assert.deepEqual(files.texts(), {});
    assert.deepEqual(await readProxy(files, signal), { proxy: null, noProxy: [] });
  });
});
