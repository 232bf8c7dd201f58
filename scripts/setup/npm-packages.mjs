// The npm packages of package-lock.json, installed when they are missing or others.
import fs from 'node:fs';
import path from 'node:path';
import { runChild } from '../child.mjs';

const read = file => {
  try {
    return JSON.parse(fs.readFileSync(file, 'utf8')).packages;
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
};

/** Whether node_modules holds what package-lock.json wants; npm writes its own list last, so a half install shows. */
export function areNpmPackagesInstalled(root) {
  const wanted = read(path.join(root, 'package-lock.json'));
  const installed = read(path.join(root, 'node_modules/.package-lock.json'));
  if (installed === undefined) return false;
  return Object.entries(wanted).every(([folder, { version, optional }]) => {
    if (folder === '') return true;
    const there = installed[folder];
    return there === undefined ? optional === true : there.version === version;
  });
}

/** Runs `npm ci`; returns what went wrong, or undefined. */
export async function installNpmPackages(root, say) {
  say('installing npm packages (npm ci)');
  const npm = process.env['npm_execpath'];
  const isScript = npm !== undefined && /npm-cli\.js$/.test(npm);
  const fallback = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = await runChild([...(isScript ? [npm] : []), 'ci', '--include=dev'], {
    ...(isScript ? {} : { command: fallback }),
    cwd: root,
    timeoutMs: 20 * 60_000,
  });
  if (result.code === 0) return undefined;
  return result.error?.message ?? result.text.trim().split('\n').slice(-12).join('\n');
}
