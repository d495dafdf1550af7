/**
 * Where a compiled sibling lies. Worker threads and wasm need real files; under vitest the importing
 * module is `src/…/x.ts`, and the file it means is the built one in `dist/`.
 */
export function toCompiledUrl(importMetaUrl: string, relativePath: string): URL {
  const url = new URL(relativePath, importMetaUrl);
  if (importMetaUrl.endsWith('.ts')) url.pathname = url.pathname.replace(/\/src\/(?!.*\/src\/)/, '/dist/');
  return url;
}

/**
 * For `new Worker`: a thread runs a compiled file, so flags about the main program are not for it. One,
 * --input-type, would even keep it from starting.
 */
export const NO_FLAGS: { readonly execArgv: string[] } = { execArgv: [] };
