package sniff

// signature is the bytes that a format has at a place.
type signature struct {
	at       int
	magic    string
	what, do string
}

// What can be done about a file.
const (
	again  = "copy or download it again"
	unpack = "unpack it first"
)

// signatures are those of files that people hand to a program in another's place. The first that fits counts.
var signatures = []signature{
	{0, "version https://git-lfs.github.com/spec/", "a git-lfs pointer", "fetch the file itself by `git lfs pull`"},
	{0, "version https://hawser.github.com/spec/", "a git-lfs pointer", "fetch the file itself by `git lfs pull`"},
	{0, "PK\x03\x04", "a zip archive", unpack},
	{0, "PK\x05\x06", "an empty zip archive", again},
	{0, "\x1f\x8b", "a file compressed by gzip", unpack},
	{0, "BZh", "a file compressed by bzip2", unpack},
	{0, "\xfd7zXZ\x00", "a file compressed by xz", unpack},
	{0, "\x28\xb5\x2f\xfd", "a file compressed by zstd", unpack},
	{0, "\x04\x22\x4d\x18", "a file compressed by lz4", unpack},
	{0, "7z\xbc\xaf\x27\x1c", "a 7z archive", unpack},
	{0, "Rar!\x1a\x07", "a RAR archive", unpack},
	{257, "ustar", "a tar archive", unpack},
	{0, "\x93NUMPY", "an array of NumPy (.npy)", ""},
	{0, "\x89HDF\r\n\x1a\n", "an HDF5 file (.h5)", "convert it by the program that wrote it"},
	{0, "MATLAB ", "a MATLAB file (.mat)", "convert it, in Python by scipy.io.loadmat and numpy.save"},
	{0, "CDF\x01", "a NetCDF file", "convert it by the program that wrote it"},
	{0, "CDF\x02", "a NetCDF file", "convert it by the program that wrote it"},
	{0, "PAR1", "a Parquet file", "convert it, in Python by pandas"},
	{0, "ARROW1", "a Feather or Arrow file", "convert it, in Python by pandas"},
	{0, "FEA1", "a Feather file", "convert it, in Python by pandas"},
	{0, "RDX2\n", "an R workspace", "write a table in R by write.csv"},
	{0, "RDX3\n", "an R workspace", "write a table in R by write.csv"},
	{0, "X\n\x00\x00\x00", "an R object (.rds)", "write a table in R by write.csv"},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document (.xls)", "save it as CSV"},
	{0, "SQLite format 3\x00", "an SQLite database", "export a table as CSV"},
	{0, "GGUF", "a GGUF file", "use the weights as safetensors or a PyTorch state dictionary"},
	{0, "lmgg", "a GGML file", "use the weights as safetensors or a PyTorch state dictionary"},
	{4, "TFL3", "a TensorFlow Lite model", "use the weights as safetensors or a PyTorch state dictionary"},
	{0, "\x00\x05\x16\x07", "a macOS resource fork (._ file)", "use the file without ._ in its name"},
	{0, "\x00\x05\x16\x00", "a macOS resource file", "use the file itself"},
	{0, "bplist00", "a macOS property list", "use the file itself"},
	{0, "L\x00\x00\x00\x01\x14\x02\x00", "a Windows shortcut", "use the file that it leads to"},
	{0, "%PDF-", "a PDF document", "use the data themselves"},
	{0, "\x89PNG\r\n\x1a\n", "a PNG picture", ""},
	{0, "\xff\xd8\xff", "a JPEG picture", ""},
	{0, "GIF87a", "a GIF picture", ""},
	{0, "GIF89a", "a GIF picture", ""},
	{8, "WEBP", "a WebP picture", ""},
	{0, "II*\x00", "a TIFF picture", "convert it to PNG"},
	{0, "MM\x00*", "a TIFF picture", "convert it to PNG"},
	{4, "ftypheic", "a HEIC picture", "convert it to PNG or JPEG"},
	{4, "ftypheix", "a HEIC picture", "convert it to PNG or JPEG"},
	{4, "ftypmif1", "a HEIF picture", "convert it to PNG or JPEG"},
	{4, "ftypavif", "an AVIF picture", "convert it to PNG or JPEG"},
	{4, "ftyp", "a video or picture in an ISO media file", ""},
	{0, "\x1aE\xdf\xa3", "a Matroska or WebM video", ""},
	{0, "\x7fELF", "a program", ""},
	{0, "MZ\x90\x00", "a program of Windows", ""},
}
