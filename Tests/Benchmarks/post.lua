-- wrk: one POST over and over. The operation and the body come from the environment.
wrk.method = "POST"
wrk.body = os.getenv("BENCH_BODY")
wrk.headers["Content-Type"] = "application/x-amz-json-1.1"
wrk.headers["X-Amz-Target"] = "AmazonEC2ContainerServiceV20141113." .. os.getenv("BENCH_OPERATION")

function done(summary, latency, requests)
    io.write(string.format("latency-us %.1f %.1f\n", latency:percentile(50), latency:percentile(99)))
end
