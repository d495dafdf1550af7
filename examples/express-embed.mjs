/**
 * Neighbours inside an application that has an Express server already.
 *
 *     node examples/quick-start.mjs ./data && node examples/express-embed.mjs ./data 3000
 */
import express from 'express';
import { isShelfwalkError, openModel, openWorkspace } from 'shelfwalk';

const [dataDir, port = '3000'] = process.argv.slice(2);
const workspace = await openWorkspace(dataDir);
const model = await openModel(workspace, { log: console });

const app = express();
app.get('/products/:id/similar', async (request, response) => {
  const { results } = await model.neighbors({ type: 'product', id: request.params.id }, { limit: 5 });
  response.json(results);
});
// Every failure on purpose has a code and the status that fits it; the rest is for the default handler.
app.use((error, _request, response, next) => {
  if (!isShelfwalkError(error)) return next(error);
  response.status(error.status).json({ code: error.code, message: error.message });
});

const server = app.listen(Number(port), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${server.address().port}`);
});
process.once('SIGTERM', () => {
  server.close(async () => {
    await model.close();
    await workspace.close();
  });
});
