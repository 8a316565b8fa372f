# The program in a container; docs/operators/installing.md says how to run it.
FROM rust:1.95-bookworm AS build
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package shiming

FROM debian:bookworm-slim
COPY --from=build /src/target/release/shiming /usr/local/bin/
RUN useradd --system --create-home --home-dir /data shiming
USER shiming
WORKDIR /data
VOLUME /data
# Within a container nobody else is on the loopback address.
ENV SHIMING_SERVER_LISTEN=0.0.0.0:8080
EXPOSE 8080 8081
ENTRYPOINT ["shiming"]
CMD ["demo", "--listen", "0.0.0.0:8080", "--operator", "0.0.0.0:8081"]
