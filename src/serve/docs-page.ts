/**
 * The page at /docs: Swagger UI over /openapi.json, from the package on disk. No script is inline and
 * nothing is loaded from elsewhere, so the content security policy stays as strict as for the rest.
 */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import type { Application } from 'express';
import { ShelfwalkError } from '../base/errors.ts';

const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'] as const;

const PAGE = `<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <title>shelfwalk API</title>
  <link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
  <link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
  <div id="swagger-ui"></div>
  <noscript>This page needs scripts; the document itself is <a href="/openapi.json">openapi.json</a>.</noscript>
  <script src="/docs/swagger-ui-bundle.js"></script>
  <script src="/docs/start.js"></script>
</body>
</html>
`;

const START = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#swagger-ui', deepLinking: true, validatorUrl: null });\n`;

export function mountDocsPage(app: Application): void {
  const root = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  app.get('/docs', (_request, response) => {
    response.locals['route'] = '/docs';
    response.type('html').send(PAGE);
  });
  app.get('/docs/:file', (request, response, next) => {
    response.locals['route'] = '/docs/{file}';
    const { file } = request.params;
    if (file === 'start.js') return void response.type('js').send(START);
    const known = FILES.find((name) => name === file);
    if (!known) throw new ShelfwalkError('ROUTE_UNKNOWN', { found: request.path });
    response.sendFile(known, { root, maxAge: '1h' }, (error) => error && next(error));
  });
}
