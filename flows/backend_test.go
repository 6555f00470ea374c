package flows_test

import (
	"fmt"
	"math"
	"os"
	"testing"

	"github.com/gomlx/gomlx/backends"
	_ "github.com/gomlx/gomlx/backends/simplego"

	_ "github.com/amgen/amgen/backends/simd"
)

// defaultBackend is where the tests run. A build with -tags xla makes it XLA, an independent oracle;
// AMGEN_TEST_BACKEND names another, such as "go:ops_sequential" (GoMLX's own, which deadlocks on a wide graph
// unless told to run one operation at a time).
var defaultBackend = "simd"

func testBackend(t testing.TB) backends.Backend {
	t.Helper()
	config := os.Getenv("AMGEN_TEST_BACKEND")
	if config == "" {
		config = defaultBackend
	}
	backend, err := backends.NewWithConfig(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(backend.Finalize)
	return backend
}

// summary is the mean of samples, its standard error, and the samples' deviation. It panics where they are NaN, which
// passes for near to anything by |a − b| > tolerance.
func summary(samples []float64) (mean, stderr, deviation float64) {
	n := float64(len(samples))
	for _, v := range samples {
		mean += v / n
	}
	for _, v := range samples {
		deviation += (v - mean) * (v - mean) / (n - 1)
	}
	deviation = math.Sqrt(deviation)
	if math.IsNaN(mean) || math.IsNaN(deviation) {
		panic(fmt.Sprintf("%d samples have mean %g and deviation %g", len(samples), mean, deviation))
	}
	return mean, deviation / math.Sqrt(n), deviation
}
