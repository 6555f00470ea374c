package cli

import (
	"archive/zip"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/amgen/amgen/internal/cli/term"
)

// writeH5AD writes a file of anndata: 12 cells of 5 genes and 3 principal components at the days 0, 2 and 7.
func writeH5AD(t *testing.T, path string) {
	t.Helper()
	archive, err := zip.OpenReader("../anndata/testdata/files.zip")
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	f, err := archive.Open("csr-0-12.h5ad")
	if err != nil {
		t.Fatal(err)
	}
	data, err := io.ReadAll(f)
	if err == nil {
		err = os.WriteFile(path, data, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestH5AD: cells of a .h5ad are described, trained on, resumed, sampled in their own units and judged.
func TestH5AD(t *testing.T) {
	dir := t.TempDir()
	writeH5AD(t, filepath.Join(dir, "cells.h5ad"))
	t.Chdir(dir)
	for _, tc := range []struct {
		args []string
		says string
	}{
		{[]string{"data", "info", "snapshots:cells.h5ad", "--time-column", "day"}, "time from day, 5 coordinates: A, B, A-2, A-1, B-1"},
		{[]string{"data", "info", "snapshots:cells.h5ad#obsm/X_pca,stage"}, `"day 2" is 2`},
		{[]string{"train", "--dataset", "snapshots:cells.h5ad#obsm/X_pca,day", "--columns", "1..2", "--batch", "4", "--steps",
			"1", "--sample-every", "0", "--out", "run"}, "time from day, 2 coordinates: X_pca[0], X_pca[1]"},
		{[]string{"train", "--resume", "--out", "run", "--steps", "2"}, "step 2/2"},
		{[]string{"sample", "--run", "run", "-n", "4", "--times", "0,1", "-o", "own.csv"}, "columns of cells.h5ad"},
		{[]string{"eval", "points", "--run", "run", "-n", "4"}, "W₁"},
	} {
		var text bytes.Buffer
		if code := execute(t.Context(), tc.args, term.Streams{Out: &text, Err: &text}); code != exitDone ||
			!strings.Contains(text.String(), tc.says) {
			t.Errorf("%v: exit code %d, %s, want %q", tc.args, code, &text, tc.says)
		}
	}
	text, err := os.ReadFile("own.csv")
	if err != nil || !strings.HasPrefix(string(text), "day,X_pca[0],X_pca[1]\n") || strings.Count(string(text), "\n7,") != 4 {
		t.Errorf("samples %s, %v", text, err)
	}
	if text := mustRun(t, exitUsage, "data", "info", "snapshots:cells.h5ad"); !strings.HasSuffix(text,
		"pass --time-column day\n") {
		t.Error(text)
	}
	if text := mustRun(t, exitUsage, "train", "--dataset", "snapshots:cells.h5ad#obsm/no,day", "--out", "no"); !strings.Contains(
		text, "it has X, raw/X, layers/counts, obsm/X_pca, obsm/table") {
		t.Error(text)
	}
}
