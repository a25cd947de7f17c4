# The gateway. Its build commands are run as plain commands by a test; the image itself is built by docker compose.
FROM maven:3.9-eclipse-temurin-17 AS build
WORKDIR /src
COPY pom.xml ./
COPY LICENSE ./
COPY NOTICE ./
COPY shared shared
COPY examples examples
COPY dashboard dashboard
COPY testkit testkit
COPY gateway gateway
COPY chaos chaos
COPY bench bench
COPY release release
RUN mvn -B -q -Prun -pl gateway -am package

FROM eclipse-temurin:17-jre
RUN useradd --system --no-create-home dispatcher
WORKDIR /app
COPY --from=build /src/gateway/target/task-dispatcher.jar /src/gateway/target/task-dispatcher-redis.jar ./
# What the JVM would work out anew at each start, worked out once.
RUN java -XX:ArchiveClassesAtExit=classes.jsa -jar task-dispatcher.jar rehearse
USER dispatcher
ENV HOST=0.0.0.0 PORT=3000
EXPOSE 3000
# eclipse-temurin brings curl.
HEALTHCHECK --interval=5s --timeout=3s --start-period=10s CMD curl -fsS "http://127.0.0.1:$PORT/readyz" || exit 1
ENTRYPOINT ["java", "-XX:+ExitOnOutOfMemoryError", "-XX:SharedArchiveFile=classes.jsa", "-jar", "task-dispatcher.jar"]
CMD ["start"]
