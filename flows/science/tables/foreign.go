package tables

import (
	"bytes"
	"path/filepath"
	"strings"

	"github.com/amgen/amgen/internal/sniff"
)

// foreign says what a file is, and what to do, where it is something other than its name says; "" where nothing tells.
func foreign(name string, data []byte) string {
	head := data[:min(len(data), sniff.Length)]
	kind := strings.ToLower(filepath.Ext(name))
	text := kind == ".csv" || kind == ".tsv" || kind == ".txt"
	for _, own := range []struct {
		is     bool
		begins string
	}{{kind == ".npz", "PK"}, {kind == ".npy", "\x93NUMPY"}, {text, "\xff\xfe"}, {text, "\xfe\xff"}} {
		if own.is && bytes.HasPrefix(head, []byte(own.begins)) {
			return ""
		}
	}
	if what := workbook(data); text && what != "" {
		return what
	}
	what, do := sniff.Name(head)
	if do != "" {
		what += "; " + do
	}
	return what
}

// workbook tells whether a .csv is a zip, as an Excel workbook or a .npz is.
func workbook(data []byte) string {
	switch {
	case !bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return ""
	case bytes.Contains(data[:min(len(data), 4096)], []byte("xl/")) ||
		bytes.Contains(data[:min(len(data), 4096)], []byte("[Content_Types].xml")):
		return "an Excel workbook; save the sheet as CSV"
	case bytes.Contains(data[:min(len(data), 4096)], []byte(".npy")):
		return "a NumPy archive; call it .npz"
	}
	return "a zip archive; unpack it"
}
