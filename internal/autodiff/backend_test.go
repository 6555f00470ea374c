package autodiff

import (
	"os"
	"testing"

	"github.com/amgen/amgen/backends/engine"
	"github.com/gomlx/gomlx/backends"
)

// testBackends lists the backends that every rule is tested on. A build with -tags xla adds XLA, an independent oracle;
// AMGEN_TEST_BACKEND names a single one instead.
var testBackends = []string{"simd"}

func eachBackend(t *testing.T, test func(t *testing.T, backend backends.Backend)) {
	names := testBackends
	if name := os.Getenv("AMGEN_TEST_BACKEND"); name != "" {
		names = []string{name}
	}
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			opened, err := engine.Open(name)
			if err != nil {
				t.Fatalf("backend %s: %v", name, err)
			}
			defer opened.Backend.Finalize()
			test(t, opened.Backend)
		})
	}
}
