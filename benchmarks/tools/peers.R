# One tool in R on one input: Rscript benchmarks/tools/peers.R JOB.json
# The counterpart of benchmarks/child.py; job, timing and results are the same.
#
# GSVA is Bioconductor's package. singscore is written from its publication (Foroutan 2018,
# doi:10.1186/s12859-018-2435-4): ranks with ties at their lowest, the mean rank of a set scaled by
# its bounds and centred; "singscore" computes the dispersion (MAD of the ranks) too, as the
# package singscore always does, "singscore_score" does not.

MAX_CALLS <- 5
ENOUGH_S <- 2

job <- jsonlite::read_json(commandArgs(trailingOnly = TRUE)[1])
method <- sub("^[^:]*:", "", job$tool)

# Bytes of a C-ordered samples x genes array are those of R's genes x samples matrix.
read_npy <- function(path, integers = FALSE) {
  file <- file(path, "rb")
  on.exit(close(file))
  readBin(file, "raw", 8)
  header <- readChar(file, readBin(file, "integer", 1, size = 2, signed = FALSE), useBytes = TRUE)
  shape <- regmatches(header, regexpr("\\([0-9]+, [0-9]+\\)", header))
  shape <- as.integer(regmatches(shape, gregexpr("[0-9]+", shape))[[1]])
  if (integers) {
    values <- readBin(file, "integer", prod(shape), size = 4)
  } else {
    values <- readBin(file, "double", prod(shape))
  }
  dim(values) <- rev(shape)
  values
}

read_input <- function(folder) {
  expr <- read_npy(file.path(folder, "matrix.npy"))
  names <- file.path(folder, "genes.json")
  if (file.exists(names)) {
    rownames(expr) <- unlist(jsonlite::read_json(names))
  } else {
    rownames(expr) <- sprintf("G%05d", seq_len(nrow(expr)) - 1)
  }
  colnames(expr) <- sprintf("S%06d", seq_len(ncol(expr)) - 1)
  sets <- lapply(jsonlite::read_json(file.path(folder, "sets.json")), unlist)
  list(expr = expr, sets = sets)
}

singscore <- function(expr, sets, dispersion) {
  ranks <- matrixStats::colRanks(expr, ties.method = "min", preserveShape = TRUE)
  rownames(ranks) <- rownames(expr)
  one_set <- function(genes) {
    of_set <- ranks[genes, , drop = FALSE]
    low <- (length(genes) + 1) / 2
    high <- nrow(ranks) - (length(genes) - 1) / 2
    score <- (colMeans(of_set) - low) / (high - low) - 0.5
    if (dispersion) list(score = score, mad = apply(of_set, 2, mad)) else list(score = score)
  }
  do.call(rbind, lapply(lapply(sets, one_set), `[[`, "score"))
}

score <- function(input) {
  if (method == "singscore") {
    return(singscore(input$expr, input$sets, TRUE))
  }
  if (method == "singscore_score") {
    return(singscore(input$expr, input$sets, FALSE))
  }
  settings <- list(input$expr, input$sets, method = method, verbose = FALSE)
  if (method == "gsva") settings$kcdf <- "Gaussian"
  if (method == "ssgsea") settings$ssgsea.norm <- FALSE
  utils::capture.output(scores <- do.call(GSVA::gsva, settings))
  scores
}

timed <- function(input) {
  gc(verbose = FALSE)
  before <- proc.time()
  scores <- score(input)
  spent <- proc.time() - before
  list(scores = scores, cpu = sum(spent[c(1, 2)]), wall = spent[[3]])
}

peak_mb <- function() {
  line <- grep("^VmHWM:", readLines("/proc/self/status"), value = TRUE)
  as.numeric(gsub("[^0-9]", "", line)) * 1024 / 1e6
}

write_scores <- function(scores) {
  file <- file(job$scores, "wb")
  on.exit(close(file))
  writeBin(as.vector(scores), file)
}

if (!startsWith(method, "singscore")) suppressPackageStartupMessages(library(GSVA))
timed(read_input(job$warm))
first <- sum(proc.time()[c(1, 2)])
input <- read_input(job$input)

if (isTRUE(job$once)) {
  write_scores(score(input)[names(input$sets), ])
  result <- list(first = first)
} else if (!is.null(job$orders)) {
  orders <- read_npy(job$orders, integers = TRUE)
  stack <- apply(orders, 2, function(order) {
    scores <- score(list(expr = input$expr[order + 1, ], sets = input$sets))
    as.vector(scores[names(input$sets), ])
  })
  write_scores(stack)
  result <- list(first = first)
} else {
  before <- peak_mb()
  cpu <- wall <- numeric()
  peak <- 0
  while (length(cpu) < MAX_CALLS && sum(cpu) <= ENOUGH_S) {
    run <- timed(input)
    cpu <- c(cpu, run$cpu)
    wall <- c(wall, run$wall)
    if (peak == 0) peak <- peak_mb()
  }
  write_scores(run$scores[names(input$sets), ])
  result <- list(
    cpu = min(cpu), wall = wall[which.min(cpu)], calls = length(cpu), peak = peak,
    before = before, input = as.numeric(object.size(input$expr)) / 1e6,
    first = first
  )
}
jsonlite::write_json(result, job$result, auto_unbox = TRUE, digits = NA)
