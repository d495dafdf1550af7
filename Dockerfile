# shelfwalk as a service: built in one stage, run in another as a user without rights. See docker-compose.yml.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-progress
COPY . .
RUN npm run --silent build && npm prune --omit=dev --no-progress

FROM node:22-bookworm-slim
WORKDIR /app
ENV NODE_ENV=production
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY --from=build /app/cypher ./cypher
RUN install -d -o node -g node /data
USER node
VOLUME /data
EXPOSE 8080
CMD ["node", "dist/cli/main.js", "serve"]
