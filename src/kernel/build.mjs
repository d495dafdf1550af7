/**
 * Compiles the AssemblyScript modules to dist/kernel: the kernel twice (plain SIMD, and with
 * relaxed-simd FMA), the scan, and products of blocks. Skipped while the outputs are newer than the sources.
 */
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const here = dirname(fileURLToPath(import.meta.url));
const source = join(here, 'assembly');
const out = join(here, '../../dist/kernel');
const MODULES = [
  { entry: 'kernel.ts', wasm: 'kernel.wasm', flags: [] },
  { entry: 'kernel.ts', wasm: 'kernel-relaxed.wasm', flags: ['--enable', 'relaxed-simd', '-u', 'RELAXED=1'] },
  { entry: 'scan.ts', wasm: 'scan.wasm', flags: [] },
  { entry: 'block.ts', wasm: 'block.wasm', flags: [] },
];

const mtime = (file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
const newest = Math.max(
  mtime(fileURLToPath(import.meta.url)),
  ...readdirSync(source).map((f) => mtime(join(source, f))),
);

mkdirSync(out, { recursive: true });
for (const { entry, wasm, flags } of MODULES) {
  if (mtime(join(source, entry)) === 0) continue;
  if (mtime(join(out, wasm)) > newest) continue;
  const { error, stderr } = await asc.main([
    join(source, entry),
    '-o',
    join(out, wasm),
    '-O3',
    '--noAssert',
    '--runtime',
    'stub',
    '--importMemory',
    '--sharedMemory',
    '--initialMemory',
    '1',
    '--maximumMemory',
    '65536',
    '--enable',
    'simd,threads',
    ...flags,
  ]);
  if (error) {
    console.error(stderr.toString());
    process.exit(1);
  }
}
