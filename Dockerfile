# Compiles the core, with the development dependencies.
FROM node:26-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The compiler alone is needed here; the pinned `node` package is for machines whose own Node.js is older.
RUN npm ci --ignore-scripts
COPY src ./src
COPY tsconfig.json ./
RUN npm run prepare

# The dependencies of the running server.
FROM node:26-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev

FROM node:26-slim
ENV NODE_ENV=production \
    TALLYD_CONFIG=/etc/tallyd/tallyd.yaml
COPY deploy/docker/tallyd.yaml /etc/tallyd/tallyd.yaml
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY package.json ./
COPY --from=build /app/src ./src
USER node
EXPOSE 8125/udp 9102/tcp
# A server with TLS or passwords (web.config_file) needs a check of its own in this place.
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:9102/-/healthy').then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Node itself is process 1 and handles SIGTERM: it drains before it exits.
ENTRYPOINT ["node", "src/main.ts"]
CMD ["serve"]
