package science

import (
	"bytes"
)

// foreign says what a file is, and what to do, where it is something other than its name says; "" where nothing tells.
func foreign(data []byte) string {
	for _, f := range []struct{ begins, is string }{
		{"version https://git-lfs.github.com/spec/", "a Git LFS pointer, not the data; run `git lfs pull` where it comes from"},
		{"\x1f\x8b", "compressed by gzip; unpack it"},
		{"BZh", "compressed by bzip2; unpack it"},
		{"\xfd7zXZ\x00", "compressed by xz; unpack it"},
		{"\x28\xb5\x2f\xfd", "compressed by zstd; unpack it"},
		{"\x89HDF\r\n\x1a\n", "an HDF5 file (such as .h5ad); save the cells and their times as a .csv or .npz"},
		{"PAR1", "a Parquet file; save it as a .csv"},
		{"ARROW1", "an Arrow file; save it as a .csv"},
		{"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Excel workbook; save the sheet as CSV"},
		{"%PDF-", "a PDF; give the table itself"},
		{"\x80\x02", "a Python pickle, which isn't read; save the cells and their times as a .csv or .npz"},
		{"\x80\x03", "a Python pickle, which isn't read; save the cells and their times as a .csv or .npz"},
		{"\x80\x04", "a Python pickle, which isn't read; save the cells and their times as a .csv or .npz"},
		{"\x80\x05", "a Python pickle, which isn't read; save the cells and their times as a .csv or .npz"},
		{"RDX2\n", "R's own format; save it by write.csv"},
		{"RDX3\n", "R's own format; save it by write.csv"},
	} {
		if bytes.HasPrefix(data, []byte(f.begins)) {
			return f.is
		}
	}
	start := bytes.ToLower(bytes.TrimLeft(data[:min(len(data), 512)], " \t\r\n\ufeff"))
	for _, tag := range []string{"<!doctype", "<html", "<head", "<?xml"} {
		if bytes.HasPrefix(start, []byte(tag)) {
			return "a web page or XML, not the data; download the file itself again"
		}
	}
	return ""
}

// workbook tells whether a .csv is a zip, as an Excel workbook or a .npz is.
func workbook(data []byte) string {
	switch {
	case !bytes.HasPrefix(data, []byte("PK\x03\x04")):
		return ""
	case bytes.Contains(data[:min(len(data), 4096)], []byte("xl/")) || bytes.Contains(data[:min(len(data), 4096)], []byte("[Content_Types].xml")):
		return "an Excel workbook; save the sheet as CSV"
	case bytes.Contains(data[:min(len(data), 4096)], []byte(".npy")):
		return "a NumPy archive; call it .npz"
	}
	return "a zip archive; unpack it"
}
