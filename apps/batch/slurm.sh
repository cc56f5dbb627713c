#!/bin/sh
# A study on a Slurm cluster, a task for each part, all in one directory that the machines share:
#
#   sbatch --array=1-64 apps/batch/slurm.sh --study paper --out /shared/my_study
#
# The last task to finish writes the tables. Tasks that were cut go on when submitted again.
# DEMD_SCAN names the program if it is not on the PATH.
#SBATCH --job-name=demd_scan
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=2
#SBATCH --mem=2G
#SBATCH --time=24:00:00
#SBATCH --requeue
#SBATCH --output=demd_scan_%A_%a.log

exec "${DEMD_SCAN:-demd_scan}" "$@" --threads "${SLURM_CPUS_PER_TASK:-2}" \
  --shard "${SLURM_ARRAY_TASK_ID:?submit with --array=1-N}/${SLURM_ARRAY_TASK_COUNT:?}"
