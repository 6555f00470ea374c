package unet

import (
	"os"
	"testing"

	_ "github.com/amgen/amgen/backends/simd"
	"github.com/gomlx/gomlx/backends"
)

// testBackends lists the backends to test on. A build with -tags xla adds XLA, an independent oracle;
// AMGEN_TEST_BACKEND names a single one instead.
var testBackends = []string{"simd"}

func eachBackend(t *testing.T, test func(t *testing.T, backend backends.Backend)) {
	names := testBackends
	if name := os.Getenv("AMGEN_TEST_BACKEND"); name != "" {
		names = []string{name}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			backend, err := backends.NewWithConfig(name)
			if err != nil {
				t.Fatalf("backend %s: %v", name, err)
			}
			defer backend.Finalize()
			test(t, backend)
		})
	}
}

func benchBackend() string {
	if name := os.Getenv("AMGEN_TEST_BACKEND"); name != "" {
		return name
	}
	return testBackends[0]
}
